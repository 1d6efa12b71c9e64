import { type CompiledLayout, type SectionName, decodeHeader } from './compiled-layout.ts'
import { METADATA_BYTES, type PredictorDescription, decodeMetadata, isFolded } from './compiled-metadata.ts'
import { CompiledModelError } from './errors.ts'
import { createLabelList } from './label-list.ts'
import { type Predictor, createPredictor } from './predictor.ts'
import { SLOT_WIDTH } from './vocabulary-table.ts'

/**
 * Opens a compiled model in place: nothing is parsed or copied, so it takes the same time for any size.
 * `bytes` may be a read-only mapping. Throws CompiledModelError; the rows themselves are not looked at.
 */
export function openCompiled(bytes: ArrayBuffer): Predictor {
  const layout = decodeHeader(bytes)
  requireSize(layout, 'metadata', METADATA_BYTES)
  const description = decodeMetadata(viewInt32(bytes, layout))
  checkSections(layout, description)
  return createPredictor({
    description,
    labels: createLabelList(
      viewUint32(bytes, layout, 'labelOffsets'),
      viewBytes(bytes, layout, 'labelBytes'),
    ),
    vocabulary: {
      slots: viewUint32(bytes, layout, 'vocabularySlots'),
      wordBytes: viewBytes(bytes, layout, 'wordBytes'),
    },
    inputRows: viewFloat32(bytes, layout, 'inputRows'),
    outputRows: viewFloat32(bytes, layout, 'outputRows'),
  })
}

function checkSections(layout: CompiledLayout, description: PredictorDescription): void {
  const { dim, nWords, nLabels, bucket } = description
  requireSize(layout, 'labelOffsets', (nLabels + 1) * 4)
  const folded = isFolded(description)
  requireSize(layout, 'inputRows', (nWords + bucket) * (folded ? nLabels : dim) * 4)
  requireSize(layout, 'outputRows', folded ? 0 : nLabels * dim * 4)
  const slots = layout.sections.vocabularySlots.sizeBytes / (SLOT_WIDTH * 4)
  if (!Number.isInteger(Math.log2(slots)) || slots <= nWords + nLabels) {
    throw new CompiledModelError('bad_layout', `its vocabulary has ${slots} slots`)
  }
}

function requireSize(layout: CompiledLayout, name: SectionName, expected: number): void {
  const { sizeBytes } = layout.sections[name]
  if (sizeBytes === expected) return
  throw new CompiledModelError('bad_layout', `its section ${name} has ${sizeBytes} bytes, not ${expected}`)
}

function viewInt32(bytes: ArrayBuffer, layout: CompiledLayout): Int32Array {
  const { offset, sizeBytes } = layout.sections.metadata
  return new Int32Array(bytes, offset, sizeBytes / 4)
}

function viewUint32(bytes: ArrayBuffer, layout: CompiledLayout, name: SectionName): Uint32Array {
  const { offset, sizeBytes } = layout.sections[name]
  return new Uint32Array(bytes, offset, sizeBytes / 4)
}

function viewFloat32(bytes: ArrayBuffer, layout: CompiledLayout, name: SectionName): Float32Array {
  const { offset, sizeBytes } = layout.sections[name]
  return new Float32Array(bytes, offset, sizeBytes / 4)
}

function viewBytes(bytes: ArrayBuffer, layout: CompiledLayout, name: SectionName): Uint8Array {
  const { offset, sizeBytes } = layout.sections[name]
  return new Uint8Array(bytes, offset, sizeBytes)
}
