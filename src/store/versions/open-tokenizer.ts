import { fileURLToPath } from 'node:url'

import type { TokenizerName } from '../../config/schema/index.ts'
import { defined } from '../../contracts/index.ts'
import type { Tokenizer } from '../../engine/tokenize/index.ts'
import {
  charactersTokenizer,
  createIntlTokenizer,
  openJieba,
  whitespaceTokenizer,
  withoutStopWords,
} from '../../engine/tokenize/index.ts'
import { mapFile } from '../fs/map-file.ts'
import type { Manifest } from './manifest.ts'

/** `hmm` is for jieba. */
export type OpenTokenizer = (name: TokenizerName, hmm?: boolean) => Tokenizer

/** Jieba's own dictionary, compiled. */
export const jiebaDictionary = fileURLToPath(new URL('../../../assets/jieba/jieba.dict', import.meta.url))

/** Opens each tokenizer once, when it is first needed; dictionaries are mapped like models. */
export function createTokenizers(): OpenTokenizer {
  const opened = new Map<string, Tokenizer>()
  return (name, hmm = true) => {
    const key = `${name} ${hmm}`
    const tokenizer = opened.get(key) ?? open(name, hmm)
    opened.set(key, tokenizer)
    return tokenizer
  }
}

function open(name: TokenizerName, hmm: boolean): Tokenizer {
  switch (name) {
    case 'jieba':
      return openJieba(mapFile(jiebaDictionary).bytes, { hmm })
    case 'whitespace':
      return whitespaceTokenizer
    case 'characters':
      return charactersTokenizer
    case 'intl':
      return createIntlTokenizer()
  }
}

/** What a version's tokenizer needs of its files, in memory. */
export type TokenizerParts = {
  readonly dictionary: ArrayBuffer | undefined
  readonly stopWords: readonly string[]
}

/** The tokenizer of a version: over its own dictionary, if it was published with one. Throws if that is missing. */
export function openVersionTokenizer(
  { tokenizer, mainDictionary, userDictionaries = [], hmm }: Manifest,
  { dictionary, stopWords }: TokenizerParts,
  openTokenizer: OpenTokenizer,
): Tokenizer {
  const hasOwn = mainDictionary !== undefined || userDictionaries.length > 0
  if (!hasOwn) return withoutStopWords(openTokenizer(tokenizer, hmm), stopWords)
  if (dictionary === undefined)
    throw new Error('its manifest names dictionaries of its own and no compiled one')
  return withoutStopWords(openJieba(dictionary, defined({ hmm })), stopWords)
}
