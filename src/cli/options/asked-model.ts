import { existsSync } from 'node:fs'

import type { Command } from 'commander'

import { dataPaths, loadConfig } from '../../config/index.ts'
import type { ModelVersion } from '../../contracts/index.ts'
import { ChangeoverError } from '../../contracts/index.ts'
import type { LabelTest, Predictor } from '../../engine/fasttext/index.ts'
import { createLabelTest } from '../../engine/fasttext/index.ts'
import {
  chooseModel,
  createTokenizers,
  loadVersion,
  openModelFile,
  openTokenizerWith,
  readPointer,
} from '../../store/index.ts'
import { tokenizeLine } from '../input/labelled-line.ts'
import type { ConfigOption } from './config-option.ts'
import { withConfig } from './config-option.ts'
import type { LabelPrefixOption } from './label-prefix-option.ts'
import { withLabelPrefix } from './label-prefix-option.ts'
import type { TokenizerOptions } from './tokenizer-option.ts'
import { namedTokenizer, withTokenizer } from './tokenizer-option.ts'
import { wholeNumber } from './whole-number.ts'

/** The options of the commands that ask a model about the lines of a file. */
export type AskOptions = ModelOptions & { readonly k: number; readonly threshold: number }

/** The options that say how a text is read for a model. */
export type ModelOptions = ConfigOption &
  TokenizerOptions &
  LabelPrefixOption & { readonly pretokenized?: true }

/** A model and how a raw line becomes the text that it reads; labels stay as they are. */
export type AskedModel = {
  readonly predictor: Predictor
  readonly isLabel: LabelTest
  readonly cut: (line: string) => string
  readonly release: () => void
}

/** Adds those options to a command. */
export function withAskOptions(command: Command): Command {
  return withModelOptions(command)
    .option(
      '-k, --k <count>',
      'how many labels; -1 for all',
      wholeNumber('-k', { min: 1, also: { value: -1, meaning: 'for all labels' } }),
      1,
    )
    .option('-t, --threshold <probability>', 'only labels of at least this probability', parseThreshold, 0)
}

/** Adds the options that say how a text is read for a model. */
export function withModelOptions(command: Command): Command {
  return withLabelPrefix(withTokenizer(withConfig(command), 'how lines are cut into words')).option(
    '--pretokenized',
    'the lines are already cut into words; the same as --tokenizer whitespace',
  )
}

function parseThreshold(value: string): number {
  const threshold = Number(value)
  if (value.trim() !== '' && Number.isFinite(threshold)) return threshold
  throw new ChangeoverError('bad_usage', `-t takes a number such as 0.5, not “${value}”`)
}

/**
 * Opens a model file, or a version of the store: `name` is the active one, `name@version` any. Text is cut as
 * the version was trained, unless an option changes that; for a file outside the store that is by jieba.
 */
export async function openAskedModel(target: string, options: ModelOptions): Promise<AskedModel> {
  const { pretokenized } = options
  const named = { ...namedTokenizer(options), ...(pretokenized ? { tokenizer: 'whitespace' as const } : {}) }
  const openNamed = () => openTokenizerWith({ tokenizer: 'jieba', ...named })
  const open = (
    opened: Pick<AskedModel, 'predictor' | 'release'>,
    tokenize: (text: string) => string,
  ): AskedModel => {
    const isLabel = createLabelTest(opened.predictor.labels, options.labelPrefix)
    return { ...opened, isLabel, cut: (line) => tokenizeLine(line, isLabel, tokenize) }
  }
  if (existsSync(target)) {
    const { tokenize } = openNamed()
    return open(openModelFile(target), tokenize)
  }
  const { storePath, asked, trustedKeys } = await findVersion(target, options)
  const version = loadVersion(storePath, asked, createTokenizers(), trustedKeys)
  const { tokenize } = Object.keys(named).length === 0 ? version : openNamed()
  return open(version, tokenize)
}

async function findVersion(
  target: string,
  options: ConfigOption,
): Promise<{
  readonly storePath: string
  readonly asked: ModelVersion
  readonly trustedKeys: readonly string[]
}> {
  if (/[/\\]|\.(?:bin|ftz)$/.test(target))
    throw new ChangeoverError('model_file_not_found', `${target} is not a file; give a model file or a name`)
  const { config } = await loadConfig(options.config)
  const { store } = dataPaths(config.data)
  const [name = '', named] = target.split('@', 2)
  const model = chooseModel(name, config)
  const version = named ?? readPointer(store, model)?.active
  if (version === undefined)
    throw new ChangeoverError(
      'version_unknown',
      `${model} has no active version; \`changeover models\` lists what can be named as ${model}@VERSION`,
    )
  return { storePath: store, asked: { model, version }, trustedKeys: config.trustedKeys }
}
