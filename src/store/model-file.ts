import { ChangeoverError } from '../contracts/index.ts'
import { compileModel, ModelFileError } from '../fasttext/index.ts'
import type { CompileOptions, CompileSummary } from '../fasttext/index.ts'
import { createSink, openSource } from './file-bytes.ts'
import type { Pace } from './file-bytes.ts'

/** A model file and the new file that its compiled form goes to; messages call the model file `shownAs`. */
export type CompiledFile = {
  readonly from: string
  readonly to: string
  readonly shownAs: string
  readonly pace?: Pace
}

/** Compiles a model file, durably. Throws `model_file_not_found` and `model_file_invalid`. */
export function compileFile(
  { from, to, shownAs, pace }: CompiledFile,
  options: CompileOptions = {},
): CompileSummary {
  const source = openModelSource(from, pace)
  try {
    const sink = createSink(to, pace)
    try {
      return compileModel(source, sink, options)
    } finally {
      sink.close()
    }
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error
    throw new ChangeoverError('model_file_invalid', `${shownAs}: ${error.message}`, { cause: error })
  } finally {
    source.close()
  }
}

/** A model file as a source of bytes. Throws `model_file_not_found`. */
export function openModelSource(file: string, pace?: Pace): ReturnType<typeof openSource> {
  try {
    return openSource(file, pace)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new ChangeoverError('model_file_not_found', `${file} cannot be read: ${why}`, { cause: error })
  }
}
