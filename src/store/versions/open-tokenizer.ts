import { fileURLToPath } from 'node:url'

import type { TokenizerName } from '../../config/schema/index.ts'
import type { Tokenizer } from '../../engine/tokenize/index.ts'
import {
  charactersTokenizer,
  createIntlTokenizer,
  openJieba,
  whitespaceTokenizer,
} from '../../engine/tokenize/index.ts'
import { mapFile } from '../fs/map-file.ts'
import type { Manifest } from './manifest.ts'

export type OpenTokenizer = (name: TokenizerName) => Tokenizer

/** Jieba's own dictionary, compiled. */
export const jiebaDictionary = fileURLToPath(new URL('../../../assets/jieba/jieba.dict', import.meta.url))

/** Opens each tokenizer once, when it is first needed; dictionaries are mapped like models. */
export function createTokenizers(): OpenTokenizer {
  const opened = new Map<TokenizerName, Tokenizer>()
  return (name) => {
    const tokenizer = opened.get(name) ?? open(name)
    opened.set(name, tokenizer)
    return tokenizer
  }
}

function open(name: TokenizerName): Tokenizer {
  switch (name) {
    case 'jieba':
      return openJieba(mapFile(jiebaDictionary).bytes)
    case 'whitespace':
      return whitespaceTokenizer
    case 'characters':
      return charactersTokenizer
    case 'intl':
      return createIntlTokenizer()
  }
}

/** The tokenizer of a version: over its own dictionary, in memory, if it was published with user dictionaries. Throws if that is missing. */
export function openVersionTokenizer(
  { tokenizer, userDictionaries = [] }: Manifest,
  dictionary: ArrayBuffer | undefined,
  openTokenizer: OpenTokenizer,
): Pick<Tokenizer, 'tokenize'> {
  if (userDictionaries.length === 0) return openTokenizer(tokenizer)
  if (dictionary === undefined) throw new Error('its manifest names user dictionaries and no dictionary')
  return openJieba(dictionary)
}
