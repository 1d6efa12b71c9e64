import { join } from 'node:path'

import { ChangeoverError, formatModelVersion } from '../contracts/index.ts'
import type { ModelVersion } from '../contracts/index.ts'
import { openCompiled } from '../fasttext/index.ts'
import type { Prediction, Predictor } from '../fasttext/index.ts'
import { fileNames, versionFolder } from './layout.ts'
import { readManifest } from './manifest.ts'
import type { Manifest } from './manifest.ts'
import { mapFile } from './map-file.ts'
import { openVersionTokenizer } from './open-tokenizer.ts'
import type { OpenTokenizer } from './open-tokenizer.ts'
import { requireTrusted } from './signature.ts'

/** A version that can answer. Texts are raw: they are cut into words as in its training. */
export type LoadedModel = {
  readonly manifest: Manifest
  /** Answers text that is cut already, as `tokenize` gives it. */
  readonly predictor: Predictor
  readonly tokenize: (text: string) => string
  /** The best label, or undefined for a text without a single known feature. */
  readonly top: (text: string) => Prediction | undefined
  /** The `k` best labels (-1: all) of at least `threshold` probability, best first. */
  readonly predict: (text: string, k?: number, threshold?: number) => Prediction[]
  /** The mean of the rows of the text; throws `no_vectors` where the version was published without. */
  readonly sentenceVector: (text: string) => Float32Array
  /** Gives its memory back; afterwards every prediction throws. */
  readonly release: () => void
}

/**
 * Maps a published version and makes it ready; `trustedKeys` are the public keys of the configuration. Its content is not
 * hashed here: whoever sends it to be loaded has done that. Throws `version_unknown`, `version_damaged`, `version_untrusted`
 * or `model_load_failed`.
 */
export function loadVersion(
  storePath: string,
  target: ModelVersion,
  openTokenizer: OpenTokenizer,
  trustedKeys: readonly string[] = [],
): LoadedModel {
  const manifest = readManifest(storePath, target)
  requireTrusted(storePath, target, trustedKeys)
  const folder = versionFolder(storePath, target)
  try {
    const file = mapFile(join(folder, fileNames.compiled))
    if (file.bytes.byteLength !== manifest.compiled.sizeBytes)
      throw new Error(`${file.bytes.byteLength} bytes where ${manifest.compiled.sizeBytes} were written`)
    const predictor = openCompiled(file.bytes)
    const tokenizer = openVersionTokenizer(folder, manifest, openTokenizer)
    let isReleased = false
    const cut = (text: string): string => {
      // A dictionary of its own is no longer mapped then, and reading it would end the process.
      if (isReleased) throw new Error(`${formatModelVersion(target)} was released`)
      return tokenizer.tokenize(text)
    }
    return {
      manifest,
      predictor,
      tokenize: cut,
      top: (text) => predictor.top(cut(text)),
      predict: (text, k, threshold) => predictor.predict(cut(text), k, threshold),
      sentenceVector: (text) => predictor.sentenceVector(cut(text)),
      release: () => {
        if (isReleased) return
        isReleased = true
        predictor.close()
        file.release()
        tokenizer.release()
      },
    }
  } catch (error) {
    throw new ChangeoverError(
      'model_load_failed',
      `${formatModelVersion(target)} could not be loaded: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    )
  }
}
