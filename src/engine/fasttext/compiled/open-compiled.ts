import { CompiledModelError } from '../errors.ts'
import { isLabelTree } from '../predict/label-tree.ts'
import { createPredictor, type Predictor } from '../predict/predictor.ts'
import { centroidCount, createQuantizedRows } from '../predict/quantized-rows.ts'
import type { ModelRows } from '../predict/scorer.ts'
import { createLabelList } from './label-list.ts'
import { type CompiledLayout, decodeHeader, type SectionName } from './layout.ts'
import {
  countInputRows,
  countOutputs,
  decodeMetadata,
  metadataBytes,
  type PredictorDescription,
} from './metadata.ts'
import { fitsPrunedBuckets } from './pruned-buckets.ts'
import { slotWidth } from './vocabulary-table.ts'

/** Views of the sections of a compiled model, each of the numbers that it holds. */
type Sections = {
  readonly sizeOf: (name: SectionName) => number
  readonly bytes: (name: SectionName) => Uint8Array
  readonly int32: (name: SectionName) => Int32Array
  readonly uint32: (name: SectionName) => Uint32Array
  readonly float32: (name: SectionName) => Float32Array
}

/**
 * Opens a compiled model in place: no word and no row is parsed or copied, so it takes the same time for any
 * size. `bytes` may be a read-only mapping. Throws CompiledModelError; the rows themselves are not checked.
 */
export function openCompiled(bytes: ArrayBuffer): Predictor {
  const sections = viewSections(bytes, decodeHeader(bytes))
  requireSize(sections, 'metadata', metadataBytes)
  const description = decodeMetadata(sections.int32('metadata'))
  checkTables(sections, description)
  const { dim, inputSubspace, outputSubspace, folded } = description
  const outputRows = folded ? 0 : description.nLabels
  const columns = folded ? countOutputs(description) : dim
  return createPredictor({
    description,
    labels: createLabelList(sections.uint32('labelOffsets'), sections.bytes('labelBytes')),
    vocabulary: { slots: sections.uint32('vocabularySlots'), wordBytes: sections.bytes('wordBytes') },
    prunedBuckets: sections.int32('prunedBuckets'),
    labelTree: sections.int32('labelTree'),
    input: openRows(sections, 'input', countInputRows(description), columns, inputSubspace),
    output: openRows(sections, 'output', outputRows, dim, outputSubspace),
  })
}

function viewSections(bytes: ArrayBuffer, { sections }: CompiledLayout): Sections {
  const view =
    <T>(create: new (buffer: ArrayBuffer, offset: number, length: number) => T, width: number) =>
    (name: SectionName): T => {
      const { offset, sizeBytes } = sections[name]
      return new create(bytes, offset, Math.floor(sizeBytes / width))
    }
  return {
    sizeOf: (name) => sections[name].sizeBytes,
    bytes: view(Uint8Array, 1),
    int32: view(Int32Array, 4),
    uint32: view(Uint32Array, 4),
    float32: view(Float32Array, 4),
  }
}

function checkTables(sections: Sections, description: PredictorDescription): void {
  const { nWords, nLabels, prunedBuckets, loss } = description
  requireSize(sections, 'labelOffsets', (nLabels + 1) * 4)
  const slots = sections.sizeOf('vocabularySlots') / (slotWidth * 4)
  if (!Number.isInteger(Math.log2(slots)) || slots <= nWords + nLabels) {
    throw badLayout(`its vocabulary has ${slots} slots`)
  }
  if (!fitsPrunedBuckets(sections.sizeOf('prunedBuckets') / 4, prunedBuckets)) {
    throw badLayout(`its table of ${prunedBuckets} kept buckets has another size`)
  }
  requireSize(sections, 'labelTree', loss === 'hs' ? (nLabels - 1) * 8 : 0)
  if (loss === 'hs' && !isLabelTree(sections.int32('labelTree'))) {
    throw badLayout('a node of its tree has a child above it')
  }
}

function openRows(
  sections: Sections,
  name: 'input' | 'output',
  rows: number,
  columns: number,
  subspaceSize: number,
): ModelRows {
  if (subspaceSize === 0) {
    requireSize(sections, `${name}Rows`, rows * columns * 4)
    requireSize(sections, `${name}Centroids`, 0)
    requireSize(sections, `${name}NormCodes`, 0)
    return { quantized: false, rows: sections.float32(`${name}Rows`) }
  }
  const isNormalized = sections.sizeOf(`${name}NormCodes`) > 0
  requireSize(sections, `${name}Rows`, rows * Math.ceil(columns / subspaceSize))
  requireSize(sections, `${name}Centroids`, (columns + (isNormalized ? 1 : 0)) * centroidCount * 4)
  if (isNormalized) requireSize(sections, `${name}NormCodes`, rows)
  const parts = {
    codes: sections.bytes(`${name}Rows`),
    centroids: sections.float32(`${name}Centroids`),
    normCodes: sections.bytes(`${name}NormCodes`),
  }
  return { quantized: true, rows: createQuantizedRows(columns, subspaceSize, parts) }
}

function requireSize(sections: Sections, name: SectionName, expected: number): void {
  const sizeBytes = sections.sizeOf(name)
  if (sizeBytes !== expected) throw badLayout(`its section ${name} has ${sizeBytes} bytes, not ${expected}`)
}

function badLayout(why: string): CompiledModelError {
  return new CompiledModelError('bad_layout', why)
}
