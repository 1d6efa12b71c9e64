import type { ByteSink, ByteSource } from '../byte-io.ts'
import { copyRange, type SourceRange } from '../file/copy-range.ts'
import type { Dictionary } from '../file/read-dictionary.ts'
import type { Matrix, ModelDescription } from '../model-description.ts'
import { buildLabelTree } from '../predict/label-tree.ts'
import { centroidCount } from '../predict/quantized-rows.ts'
import { foldRows } from './fold-rows.ts'
import type { SectionName } from './layout.ts'
import { countOutputs, encodeMetadata, type PredictorDescription } from './metadata.ts'

/** A section of the compiled model that is to be written. */
export type SectionContent = {
  readonly sizeBytes: number
  readonly write: (sink: ByteSink, offset: number) => void
}

type MatrixContents = Readonly<Record<'rows' | 'centroids' | 'normCodes', SectionContent>>

const emptySection: SectionContent = { sizeBytes: 0, write: () => undefined }

/** What goes into each section; the matrices are read when they are written. */
export function makeSections(
  source: ByteSource,
  model: ModelDescription,
  { vocabulary, labelOffsets, labelCounts, prunedBuckets }: Dictionary,
  compiled: PredictorDescription,
): Readonly<Record<SectionName, SectionContent>> {
  const firstLabel = labelOffsets[0] as number
  const input = compiled.folded ? foldedMatrix(source, model, compiled) : storedMatrix(source, model.input)
  const output = compiled.folded ? undefined : storedMatrix(source, model.output)
  return {
    metadata: inMemory(encodeMetadata(compiled)),
    labelOffsets: inMemory(labelOffsets.map((offset) => offset - firstLabel)),
    labelBytes: inMemory(vocabulary.wordBytes.subarray(firstLabel)),
    vocabularySlots: inMemory(vocabulary.slots),
    wordBytes: inMemory(vocabulary.wordBytes),
    prunedBuckets: inMemory(prunedBuckets),
    labelTree: compiled.loss === 'hs' ? inMemory(buildLabelTree(labelCounts)) : emptySection,
    inputRows: input.rows,
    inputCentroids: input.centroids,
    inputNormCodes: input.normCodes,
    outputRows: output?.rows ?? emptySection,
    outputCentroids: output?.centroids ?? emptySection,
    outputNormCodes: output?.normCodes ?? emptySection,
  }
}

function inMemory(numbers: Uint8Array | Uint32Array | Int32Array): SectionContent {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
  return { sizeBytes: bytes.length, write: (sink, offset) => sink.write(offset, bytes) }
}

function foldedMatrix(
  source: ByteSource,
  { input, output }: ModelDescription,
  compiled: PredictorDescription,
): MatrixContents {
  const nOutputs = countOutputs(compiled)
  const rows: SectionContent = {
    sizeBytes: input.rows * nOutputs * 4,
    write: (sink, offset) => foldRows(source, { input, output, nOutputs }, sink, offset),
  }
  return { rows, centroids: emptySection, normCodes: emptySection }
}

function storedMatrix(source: ByteSource, matrix: Matrix): MatrixContents {
  const { offset, sizeBytes } = matrix
  if (matrix.kind === 'dense') {
    const rows = copied(source, [{ offset, sizeBytes, content: 'float32' }])
    return { rows, centroids: emptySection, normCodes: emptySection }
  }
  const { rows, columns, codesPerRow, centroidsOffset, normCodesOffset, normCentroidsOffset } = matrix
  const centroids = (from: number, count: number): SourceRange => ({
    offset: from,
    sizeBytes: count * centroidCount * 4,
    content: 'float32',
  })
  const norms = normCentroidsOffset === undefined ? [] : [centroids(normCentroidsOffset, 1)]
  return {
    rows: copied(source, [{ offset, sizeBytes: rows * codesPerRow, content: 'codes' }]),
    centroids: copied(source, [centroids(centroidsOffset, columns), ...norms]),
    normCodes:
      normCodesOffset === undefined
        ? emptySection
        : copied(source, [{ offset: normCodesOffset, sizeBytes: rows, content: 'codes' }]),
  }
}

/** Ranges of the model file, one after the other. */
function copied(source: ByteSource, ranges: readonly SourceRange[]): SectionContent {
  return {
    sizeBytes: ranges.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    write(sink, offset) {
      let end = offset
      for (const range of ranges) {
        copyRange(source, range, sink, end)
        end += range.sizeBytes
      }
    },
  }
}
