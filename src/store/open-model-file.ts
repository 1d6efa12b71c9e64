import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { ChangeoverError } from '../contracts/index.ts'
import { ModelFileError, compileModel, openCompiled } from '../fasttext/index.ts'
import type { Predictor } from '../fasttext/index.ts'
import { createSink, openSource } from './file-bytes.ts'
import { mapFile } from './map-file.ts'

/** A model to ask, and the way to give its memory back. */
export type OpenModel = { readonly predictor: Predictor; readonly release: () => void }

/**
 * Opens a model file that is in no store: compiles it into a temporary file, which is gone when this returns.
 * Throws `model_file_not_found` and `model_file_invalid`.
 */
export function openModelFile(file: string): OpenModel {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-model-'))
  try {
    const compiled = join(folder, 'compiled')
    compileFile(file, compiled)
    const { bytes, release } = mapFile(compiled)
    const predictor = openCompiled(bytes)
    return {
      predictor,
      release() {
        predictor.close()
        release()
      },
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function compileFile(file: string, compiled: string): void {
  const source = openModelSource(file)
  try {
    const sink = createSink(compiled)
    try {
      compileModel(source, sink)
    } finally {
      sink.close()
    }
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error
    throw new ChangeoverError('model_file_invalid', `${file}: ${error.message}`, { cause: error })
  } finally {
    source.close()
  }
}

/** A model file as a source of bytes. Throws `model_file_not_found`. */
export function openModelSource(file: string): ReturnType<typeof openSource> {
  try {
    return openSource(file)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new ChangeoverError('model_file_not_found', `${file} cannot be read: ${why}`, { cause: error })
  }
}
