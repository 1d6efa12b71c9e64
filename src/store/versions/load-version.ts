import { join } from 'node:path'

import type { ModelVersion } from '../../contracts/index.ts'
import { ChangeoverError, formatModelVersion, toMessage } from '../../contracts/index.ts'
import type { ExplainOptions, Explanation, Prediction, Predictor } from '../../engine/fasttext/index.ts'
import { openCompiled } from '../../engine/fasttext/index.ts'
import type { Tokenizer } from '../../engine/tokenize/index.ts'
import { ContentFault, mapChecked } from '../fs/map-checked.ts'
import type { FileInMemory } from '../fs/map-file.ts'
import { runSteps } from '../fs/run-steps.ts'
import { fileNames, stopWordsFile, versionFolder } from '../layout.ts'
import type { Manifest } from './manifest.ts'
import type { OpenTokenizer } from './open-tokenizer.ts'
import { openVersionTokenizer } from './open-tokenizer.ts'
import { readTrustedManifest } from './signature.ts'
import { parseStopWords } from './tokenizer-files.ts'
import { versionDamaged } from './verify-version.ts'

/** A raw text, which is cut into words as in training, or words, which are taken as they are. */
export type TextOrWords = string | readonly string[]

/** A version that can answer. Texts are raw: they are cut into words as in its training. */
export type LoadedModel = {
  readonly manifest: Manifest
  /** Answers text that is cut already, as `tokenize` gives it. */
  readonly predictor: Predictor
  readonly tokenize: (text: string) => string
  /** The words that `tokenize` joins. */
  readonly cut: (text: string) => string[]
  /** The best label, or undefined for a text without a single known feature. */
  readonly top: (text: TextOrWords) => Prediction | undefined
  /** The `k` best labels (-1: all) of at least `threshold` probability, best first. */
  readonly predict: (text: TextOrWords, k?: number, threshold?: number) => Prediction[]
  /** Why a text has its labels: what each feature adds to their scores. */
  readonly explain: (text: TextOrWords, options?: ExplainOptions) => Explanation[]
  /** Throws `not_a_number` if the text gives any label a score that is not a number. */
  readonly requireNumbers: (text: string) => void
  /** The mean of the rows of the text; throws `no_vectors` if the version was published without. */
  readonly sentenceVector: (text: TextOrWords) => Float32Array
  /** Has `listener` called each time that a text has been cut into words; undefined ends that. */
  readonly observeCut: (listener: (() => void) | undefined) => void
  /** Releases its memory; afterwards every prediction throws. */
  readonly release: () => void
}

/**
 * Maps a published version, hashes what it has mapped, and makes it ready; `trustedKeys` are the public keys of the
 * configuration. Throws `version_unknown`, `version_damaged`, `version_untrusted` or `model_load_failed`.
 */
export function loadVersion(
  storePath: string,
  target: ModelVersion,
  openTokenizer: OpenTokenizer,
  trustedKeys: readonly string[] = [],
): LoadedModel {
  return runSteps(loadInSteps(storePath, target, openTokenizer, trustedKeys))
}

/**
 * The same a piece at a time, for a process that has other work meanwhile: yields how many bytes it has just hashed. If it
 * is abandoned by `return`, nothing stays mapped.
 */
export function* loadInSteps(
  storePath: string,
  target: ModelVersion,
  openTokenizer: OpenTokenizer,
  trustedKeys: readonly string[] = [],
): Generator<number, LoadedModel> {
  const manifest = readTrustedManifest(storePath, target, trustedKeys)
  const folder = versionFolder(storePath, target)
  const mapped: FileInMemory[] = []
  let isLoaded = false
  try {
    const compiled = yield* mapChecked(join(folder, fileNames.compiled), manifest.compiled)
    mapped.push(compiled)
    const predictor = openCompiled(compiled.bytes)
    const dictionary =
      manifest.dictionary === undefined
        ? undefined
        : yield* mapChecked(join(folder, fileNames.dictionary), manifest.dictionary)
    if (dictionary !== undefined) mapped.push(dictionary)
    const stopWords = yield* loadStopWords(folder, manifest)
    const parts = { dictionary: dictionary?.bytes, stopWords }
    const tokenizer = openVersionTokenizer(manifest, parts, openTokenizer)
    isLoaded = true
    return createModel(target, manifest, predictor, tokenizer, mapped)
  } catch (error) {
    if (error instanceof ContentFault) throw versionDamaged(target, [error.message])
    throw new ChangeoverError(
      'model_load_failed',
      `${formatModelVersion(target)} could not be loaded: ${toMessage(error)}`,
      { cause: error },
    )
  } finally {
    if (!isLoaded) for (const { release } of mapped) release()
  }
}

/** They are few, so each process has its own. */
function* loadStopWords(folder: string, { stopWords = [] }: Manifest): Generator<number, string[]> {
  const lists: { readonly fileName: string; readonly text: string }[] = []
  for (const [place, file] of stopWords.entries()) {
    const { fileName } = file
    const { bytes, release } = yield* mapChecked(stopWordsFile(folder, place, fileName), file)
    lists.push({ fileName, text: Buffer.from(bytes).toString() })
    release()
  }
  return parseStopWords(lists)
}

function createModel(
  target: ModelVersion,
  manifest: Manifest,
  predictor: Predictor,
  { tokenize, cut }: Tokenizer,
  mapped: readonly FileInMemory[],
): LoadedModel {
  let isReleased = false
  let onCut: (() => void) | undefined
  const requireMapped = (): void => {
    // A dictionary of its own is no longer mapped then, and reading it would crash the process.
    if (isReleased) throw new Error(`${formatModelVersion(target)} was released`)
  }
  const read = (text: TextOrWords): string => {
    requireMapped()
    if (typeof text !== 'string') return text.join(' ')
    const words = tokenize(text)
    onCut?.()
    return words
  }
  return {
    manifest,
    predictor,
    tokenize: read,
    cut: (text) => {
      requireMapped()
      return cut(text)
    },
    top: (text) => predictor.top(read(text)),
    predict: (text, k, threshold) => predictor.predict(read(text), k, threshold),
    explain: (text, options) => predictor.explain(read(text), options),
    requireNumbers: (text) => predictor.requireNumbers(read(text)),
    sentenceVector: (text) => predictor.sentenceVector(read(text)),
    observeCut: (listener) => (onCut = listener),
    release: () => {
      if (isReleased) return
      isReleased = true
      predictor.close()
      for (const { release } of mapped) release()
    },
  }
}
