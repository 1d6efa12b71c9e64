import type { ByteSink, ByteSource } from '../byte-io.ts'
import { checkLabels } from '../file/check-labels.ts'
import { readModelFile } from '../file/read-model.ts'
import type { ModelDescription } from '../model-description.ts'
import { checkServed } from './check-served.ts'
import { describeCompiled } from './describe-compiled.ts'
import { type CompiledLayout, encodeHeader, mapSections, planLayout, sectionNames } from './layout.ts'
import type { PredictorDescription } from './metadata.ts'
import { makeSections } from './section-contents.ts'

export type CompileOptions = {
  /** Keeps the rows that sentence vectors are computed from, even if folding them would be smaller. */
  readonly keepVectors?: boolean
  /** Gets the share of the work that is done, from 0 to 1. */
  readonly onProgress?: (fraction: number) => void
}

/** The size of the compiled model, what the model file said about itself, and what it was compiled to. */
export type CompileSummary = {
  readonly sizeBytes: number
  readonly description: ModelDescription
  readonly compiled: PredictorDescription
}

/**
 * Writes the compiled form of a supervised model to `sink`, through a bounded buffer; throws ModelFileError,
 * after which what was written is worth nothing.
 */
export function compileModel(
  source: ByteSource,
  sink: ByteSink,
  { keepVectors = false, onProgress }: CompileOptions = {},
): CompileSummary {
  const { summary, layout, contents } = planModel(source, keepVectors)
  writeSections(watchSink(sink, layout.sizeBytes, onProgress), layout, contents)
  return summary
}

/** What compileModel would return, without writing anything; the numbers of the matrices are not checked. */
export function planCompiled(source: ByteSource): CompileSummary {
  return planModel(source, false).summary
}

type Contents = ReturnType<typeof makeSections>

function planModel(
  source: ByteSource,
  keepVectors: boolean,
): { readonly summary: CompileSummary; readonly layout: CompiledLayout; readonly contents: Contents } {
  const { description, dictionary } = readModelFile(source)
  checkServed(description)
  checkLabels(dictionary)
  const compiled = describeCompiled(description, keepVectors)
  const contents = makeSections(source, description, dictionary, compiled)
  const layout = planLayout(mapSections((name) => contents[name].sizeBytes))
  return { summary: { sizeBytes: layout.sizeBytes, description, compiled }, layout, contents }
}

function writeSections(sink: ByteSink, layout: CompiledLayout, contents: Contents): void {
  const header = encodeHeader(layout)
  sink.write(0, header)
  let end = header.length
  for (const name of sectionNames) {
    const { offset, sizeBytes } = layout.sections[name]
    if (offset > end) sink.write(end, new Uint8Array(offset - end))
    if (sizeBytes > 0) contents[name].write(sink, offset)
    end = offset + sizeBytes
  }
}

function watchSink(sink: ByteSink, totalBytes: number, onProgress: CompileOptions['onProgress']): ByteSink {
  if (onProgress === undefined) return sink
  return {
    write(offset, bytes) {
      sink.write(offset, bytes)
      onProgress((offset + bytes.length) / totalBytes)
    },
  }
}
