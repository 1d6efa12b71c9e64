import { existsSync } from 'node:fs'

import type { Config } from '../config/schema/index.ts'
import type { ModelVersion } from '../contracts/index.ts'
import type { Explanation, Prediction } from '../engine/fasttext/index.ts'
import {
  createTokenizers,
  findTokenizer,
  loadVersion,
  openModelFile,
  openTokenizerWith,
  tokenizerUnknown,
} from '../store/index.ts'

/** A version or a model file that answers raw texts. */
export type ComparedModel = {
  readonly name: string
  readonly labels: readonly string[]
  readonly top: (text: string) => Prediction | undefined
  readonly predict: (text: string, k: number) => Prediction[]
  /** What each feature of a text adds to the scores of these labels. Throws `text_too_long` or `unknown_label`. */
  readonly explain: (text: string, labels: readonly string[]) => Explanation[]
  readonly release: () => void
}

/** Opens `1591259822` or `name_question@1591259822` of the store, or a model file, whose texts are cut as those of the model's next version. */
export function openCompared(
  name: string,
  model: string,
  config: Pick<Config, 'models' | 'trustedKeys'>,
  storePath: string,
): ComparedModel {
  if (existsSync(name)) return openFile(name, model, config, storePath)
  const version = name.startsWith(`${model}@`) ? name.slice(model.length + 1) : name
  return openComparedVersion({ model, version }, config.trustedKeys, storePath)
}

/** Opens a version of the store. Throws as `loadVersion` does. */
export function openComparedVersion(
  target: ModelVersion,
  trustedKeys: readonly string[],
  storePath: string,
): ComparedModel {
  const opened = loadVersion(storePath, target, createTokenizers(), trustedKeys)
  const { top, predict, explain, release, predictor } = opened
  return {
    name: target.version,
    labels: predictor.labels,
    top,
    predict,
    explain: (text, labels) => explain(text, { labels }),
    release,
  }
}

function openFile(
  file: string,
  model: string,
  config: Pick<Config, 'models'>,
  storePath: string,
): ComparedModel {
  const choice = findTokenizer(model, config, storePath)
  if (choice === undefined)
    throw tokenizerUnknown(model, `write \`tokenizer:\` under models.${model} in the configuration`)
  const { tokenize } = openTokenizerWith(choice)
  const { predictor, release } = openModelFile(file)
  return {
    name: file,
    labels: predictor.labels,
    top: (text) => predictor.top(tokenize(text)),
    predict: (text, k) => predictor.predict(tokenize(text), k),
    explain: (text, labels) => predictor.explain(tokenize(text), { labels }),
    release,
  }
}
