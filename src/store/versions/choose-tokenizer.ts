import type { Config, ModelConfig } from '../../config/schema/index.ts'
import type { TokenizerSettings } from '../../contracts/index.ts'
import { ChangeoverError, defined, formatModelVersion } from '../../contracts/index.ts'
import { mainDictionaryFile, stopWordsFile, userDictionaryFile, versionFolder } from '../layout.ts'
import { readPointer } from '../state/pointer.ts'
import { readManifest } from './manifest.ts'

/** How a new version's texts are to be tokenized. */
export type TokenizerChoice = TokenizerSettings & {
  /** Where the choice comes from, for people: “as …”. */
  readonly source: string
}

/** What a command names; each may be left out. */
export type NamedTokenizer = Partial<TokenizerSettings>

/**
 * The tokenizer that a model's new version was trained with: the one that the command names, else that of the configuration,
 * else that of the active version; undefined if none of them does. What else the command names takes the place of what is known;
 * none but jieba gets what the configuration says of jieba.
 */
export function findTokenizer(
  model: string,
  { models }: Pick<Config, 'models'>,
  storePath: string,
  named: NamedTokenizer = {},
): TokenizerChoice | undefined {
  const { tokenizer } = named
  if (tokenizer === undefined) {
    const known = configuredTokenizer(models[model]) ?? activeTokenizer(storePath, model)
    return known && { ...known, ...named }
  }
  const { stopWords, ...ofJieba } = configuredOptions(models[model])
  const configured = { ...(tokenizer === 'jieba' ? ofJieba : {}), ...defined({ stopWords }) }
  return { ...configured, ...named, tokenizer, source: 'as the command says' }
}

function configuredTokenizer(config: ModelConfig | undefined): TokenizerChoice | undefined {
  if (config?.tokenizer === undefined) return undefined
  const { tokenizer } = config
  return { tokenizer, ...configuredOptions(config), source: 'as the configuration says' }
}

function configuredOptions(config: ModelConfig | undefined): Omit<TokenizerSettings, 'tokenizer'> {
  if (config === undefined) return {}
  const { mainDictionary, userDictionaries, HMM: hmm, stopWords } = config
  return defined({ mainDictionary, userDictionaries, hmm, stopWords })
}

function activeTokenizer(storePath: string, model: string): TokenizerChoice | undefined {
  const active = readPointer(storePath, model)?.active
  if (active === undefined) return undefined
  const target = { model, version: active }
  const { tokenizer, mainDictionary, userDictionaries, hmm, stopWords } = readManifest(storePath, target)
  const folder = versionFolder(storePath, target)
  return {
    tokenizer,
    ...defined({
      mainDictionary: mainDictionary && mainDictionaryFile(folder, mainDictionary.fileName),
      userDictionaries: userDictionaries?.map(({ fileName }, place) =>
        userDictionaryFile(folder, place, fileName),
      ),
      hmm,
      stopWords: stopWords?.map(({ fileName }, place) => stopWordsFile(folder, place, fileName)),
    }),
    source: `as in ${formatModelVersion(target)}, which is active`,
  }
}

/** The error if it is unknown with which tokenizer a model was trained; `how` tells how to specify it. */
export function tokenizerUnknown(model: string, how: string): ChangeoverError {
  return new ChangeoverError(
    'tokenizer_unknown',
    `no tokenizer is specified for the model ${model}, and it must be the one of its training: ${how}`,
  )
}
