import { statSync } from 'node:fs'

import { ChangeoverError, toMessage } from '../../contracts/index.ts'
import type { CompileOptions, CompileSummary } from '../../engine/fasttext/index.ts'
import { checkWhole, compileModel, ModelFileError } from '../../engine/fasttext/index.ts'
import type { FileSource } from '../fs/file-bytes.ts'
import { createSink, openSource } from '../fs/file-bytes.ts'
import type { Files } from '../fs/files.ts'
import { nodeFiles } from '../fs/files.ts'

/** A model file and the new file that its compiled form goes to; messages call the model file `shownAs`. */
export type CompiledFile = { readonly from: string; readonly to: string; readonly shownAs: string }

/** Checks the format of a model file without reading its matrices, so reads only a small part of it. Throws `model_file_invalid`. */
export function requireWhole(source: FileSource, shownAs: string): void {
  try {
    checkWhole(source)
  } catch (error) {
    throw asInvalid(shownAs, error)
  }
}

function asInvalid(shownAs: string, error: unknown): unknown {
  if (!(error instanceof ModelFileError)) return error
  return new ChangeoverError('model_file_invalid', `${shownAs}: ${error.message}`, { cause: error })
}

/** Compiles a model file, durably. Throws `model_file_not_found` and `model_file_invalid`. */
export function compileFile(
  { from, to, shownAs }: CompiledFile,
  options: CompileOptions = {},
  files: Files = nodeFiles,
): CompileSummary {
  const source = openModelSource(from, files)
  try {
    const sink = createSink(to, files)
    try {
      return compileModel(source, sink, options)
    } finally {
      sink.close()
    }
  } catch (error) {
    throw asInvalid(shownAs, error)
  } finally {
    source.close()
  }
}

/** A model file as a source of bytes. Throws `model_file_not_found`. */
export function openModelSource(file: string, files: Files = nodeFiles): FileSource {
  try {
    if (!statSync(file).isFile()) throw new Error('it is not a file')
    return openSource(file, files)
  } catch (error) {
    const why = toMessage(error)
    throw new ChangeoverError(
      'model_file_not_found',
      `${file} cannot be read: ${why}; give the path of a .bin or .ftz model`,
      { cause: error },
    )
  }
}

/** Whether a file claims to be a fastText model; it may be incomplete. Throws `model_file_not_found`. */
export function isModelFile(file: string): boolean {
  const source = openModelSource(file)
  try {
    checkWhole(source)
    return true
  } catch (error) {
    return !(error instanceof ModelFileError && ['not_a_model', 'empty_file'].includes(error.code))
  } finally {
    source.close()
  }
}

/** Why a model file is incomplete by its own format; undefined if it is complete. Its numbers are not checked: publishing does that. */
export function findModelFault(file: string): string | undefined {
  try {
    const source = openModelSource(file)
    try {
      checkWhole(source)
      return undefined
    } finally {
      source.close()
    }
  } catch (error) {
    return toMessage(error)
  }
}
