import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Predictor } from '../../engine/fasttext/index.ts'
import { openCompiled } from '../../engine/fasttext/index.ts'
import { mapFile } from '../fs/map-file.ts'
import { compileFile } from './model-file.ts'

/** A model, and the function that releases its memory. */
export type OpenModel = { readonly predictor: Predictor; readonly release: () => void }

/**
 * Opens a model file that is not in a store: compiles it into a temporary file, which is removed before this returns.
 * Throws `model_file_not_found` and `model_file_invalid`.
 */
export function openModelFile(file: string): OpenModel {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-model-'))
  try {
    const compiled = join(folder, 'compiled')
    compileFile({ from: file, to: compiled, shownAs: file })
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
