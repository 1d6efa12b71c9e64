import { existsSync } from 'node:fs'

import type { Config } from '../../config/schema/index.ts'
import type { Prediction } from '../../engine/fasttext/index.ts'
import {
  createTokenizers,
  findTokenizer,
  loadVersion,
  openModelFile,
  openTokenizerWith,
  tokenizerUnknown,
} from '../../store/index.ts'

/** A version or a model file that answers raw texts. */
export type ComparedModel = {
  readonly name: string
  readonly labels: readonly string[]
  readonly top: (text: string) => Prediction | undefined
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
  const opened = loadVersion(storePath, { model, version }, createTokenizers(), config.trustedKeys)
  const { top, release, predictor } = opened
  return { name: version, labels: predictor.labels, top, release }
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
  const { tokenize } = openTokenizerWith(choice.tokenizer, choice.userDictionaries)
  const { predictor, release } = openModelFile(file)
  return { name: file, labels: predictor.labels, top: (text) => predictor.top(tokenize(text)), release }
}
