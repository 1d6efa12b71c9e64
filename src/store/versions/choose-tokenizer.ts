import type { Config, TokenizerName } from '../../config/schema/index.ts'
import { ChangeoverError, formatModelVersion } from '../../contracts/index.ts'
import { userDictionaryFile, versionFolder } from '../layout.ts'
import { readPointer } from '../state/pointer.ts'
import { readManifest } from './manifest.ts'

/** How a new version's texts are to be tokenized. */
export type TokenizerChoice = {
  readonly tokenizer: TokenizerName
  /** Paths, in the order of loading. */
  readonly userDictionaries: readonly string[]
  /** Where the choice comes from, for people: “as …”. */
  readonly source: string
}

/** What a command names; both may be left out. */
export type NamedTokenizer = {
  readonly tokenizer?: TokenizerName
  readonly userDictionaries?: readonly string[]
}

/**
 * The tokenizer that a model's new version was trained with: the one that the command names, else that of the configuration,
 * else that of the active version; undefined if none of them does. User dictionaries that the command names take the place of
 * the others; none but jieba gets those of the configuration.
 */
export function findTokenizer(
  model: string,
  { models }: Pick<Config, 'models'>,
  storePath: string,
  { tokenizer, userDictionaries }: NamedTokenizer = {},
): TokenizerChoice | undefined {
  const known = configuredTokenizer(models[model]) ?? activeTokenizer(storePath, model)
  if (tokenizer === undefined)
    return known && { ...known, userDictionaries: userDictionaries ?? known.userDictionaries }
  const configured = tokenizer === 'jieba' ? (models[model]?.userDictionaries ?? []) : []
  return { tokenizer, userDictionaries: userDictionaries ?? configured, source: 'as the command says' }
}

function configuredTokenizer(config: Config['models'][string] | undefined): TokenizerChoice | undefined {
  if (config?.tokenizer === undefined) return undefined
  return {
    tokenizer: config.tokenizer,
    userDictionaries: config.userDictionaries ?? [],
    source: 'as the configuration says',
  }
}

function activeTokenizer(storePath: string, model: string): TokenizerChoice | undefined {
  const active = readPointer(storePath, model)?.active
  if (active === undefined) return undefined
  const target = { model, version: active }
  const { tokenizer, userDictionaries = [] } = readManifest(storePath, target)
  const folder = versionFolder(storePath, target)
  return {
    tokenizer,
    userDictionaries: userDictionaries.map(({ fileName }, place) =>
      userDictionaryFile(folder, place, fileName),
    ),
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
