import type { ByteSink, ByteSource } from './byte-io.ts'
import { checkServed, type ServedModel } from './check-served.ts'
import { type CompiledLayout, type SectionName, encodeHeader, planLayout } from './compiled-layout.ts'
import { METADATA_BYTES, encodeMetadata, isFolded } from './compiled-metadata.ts'
import { copyFloats } from './copy-floats.ts'
import { foldRows } from './fold-rows.ts'
import type { ModelDescription } from './model-description.ts'
import type { Dictionary } from './read-dictionary.ts'
import { readModelFile } from './read-model.ts'

/** `onProgress` gets the share of the work that is done, from 0 to 1. */
export type CompileOptions = { readonly onProgress?: (fraction: number) => void }

/** The size of the compiled model, and what the model file said about itself. */
export type CompileSummary = { readonly sizeBytes: number; readonly description: ModelDescription }

type SmallSections = Readonly<Record<Exclude<SectionName, 'inputRows' | 'outputRows'>, Uint8Array>>

/**
 * Writes the compiled form of a supervised softmax model to `sink`, through a bounded buffer; throws
 * ModelFileError, after which what was written is worth nothing.
 */
export function compileModel(
  source: ByteSource,
  sink: ByteSink,
  options: CompileOptions = {},
): CompileSummary {
  const { description, dictionary } = readModelFile(source)
  const model = checkServed(description)
  const small = makeSmallSections(model, dictionary)
  const layout = planModel(model, small)
  writeSmallSections(sink, layout, small)
  writeMatrices(source, sink, layout, model, options)
  return { sizeBytes: layout.sizeBytes, description }
}

function makeSmallSections(model: ServedModel, dictionary: Dictionary): SmallSections {
  const { vocabulary, labelOffsets } = dictionary
  const start = labelOffsets[0] as number
  return {
    metadata: encodeMetadata({ ...model.args, nWords: model.nWords, nLabels: model.nLabels }),
    labelOffsets: asBytes(labelOffsets.map((offset) => offset - start)),
    labelBytes: vocabulary.wordBytes.subarray(start),
    vocabularySlots: asBytes(vocabulary.slots),
    wordBytes: vocabulary.wordBytes,
  }
}

function asBytes(numbers: Uint32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
}

function planModel(model: ServedModel, small: SmallSections): CompiledLayout {
  const folded = isFoldedModel(model)
  return planLayout({
    metadata: METADATA_BYTES,
    labelOffsets: small.labelOffsets.length,
    labelBytes: small.labelBytes.length,
    vocabularySlots: small.vocabularySlots.length,
    wordBytes: small.wordBytes.length,
    inputRows: folded ? model.input.rows * model.nLabels * 4 : model.input.sizeBytes,
    outputRows: folded ? 0 : model.output.sizeBytes,
  })
}

function writeSmallSections(sink: ByteSink, layout: CompiledLayout, small: SmallSections): void {
  const header = encodeHeader(layout)
  sink.write(0, header)
  let end = header.length
  for (const name of ['metadata', 'labelOffsets', 'labelBytes', 'vocabularySlots', 'wordBytes'] as const) {
    end = pad(sink, end, layout.sections[name].offset)
    if (small[name].length > 0) sink.write(end, small[name])
    end += small[name].length
  }
  pad(sink, end, layout.sections.inputRows.offset)
}

function writeMatrices(
  source: ByteSource,
  sink: ByteSink,
  layout: CompiledLayout,
  model: ServedModel,
  options: CompileOptions,
): void {
  const { inputRows, outputRows } = layout.sections
  const totalBytes = model.input.sizeBytes + model.output.sizeBytes
  let doneBytes = 0
  const onBytes = (sizeBytes: number): void => {
    doneBytes += sizeBytes
    options.onProgress?.(doneBytes / totalBytes)
  }
  if (isFoldedModel(model)) {
    foldRows(source, model.input, model.output, sink, inputRows.offset, onBytes)
    pad(sink, inputRows.offset + inputRows.sizeBytes, outputRows.offset)
    onBytes(model.output.sizeBytes)
    return
  }
  copyFloats(source, model.input, sink, inputRows.offset, onBytes)
  pad(sink, inputRows.offset + inputRows.sizeBytes, outputRows.offset)
  copyFloats(source, model.output, sink, outputRows.offset, onBytes)
}

function isFoldedModel({ nLabels, args }: ServedModel): boolean {
  return isFolded({ nLabels, dim: args.dim })
}

/** Fills the gap before the next section with zeros and returns where it begins. */
function pad(sink: ByteSink, from: number, to: number): number {
  if (to > from) sink.write(from, new Uint8Array(to - from))
  return to
}
