import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { TokenizerName } from '../contracts/index.ts'
import {
  charactersTokenizer,
  createIntlTokenizer,
  openJieba,
  whitespaceTokenizer,
} from '../tokenize/index.ts'
import type { Tokenizer } from '../tokenize/index.ts'
import { fileNames } from './layout.ts'
import type { Manifest } from './manifest.ts'
import { mapFile } from './map-file.ts'

export type OpenTokenizer = (name: TokenizerName) => Tokenizer

/** Jieba's own dictionary, compiled. */
export const jiebaDictionary = fileURLToPath(new URL('../../assets/jieba/jieba.dict', import.meta.url))

/** Opens each tokenizer once, when it is first asked for; dictionaries are mapped like models. */
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

/** What cuts the texts of one version. Nothing may be cut after `release`. */
export type VersionTokenizer = Pick<Tokenizer, 'tokenize'> & { readonly release: () => void }

/** The tokenizer of a version in `folder`: with its own dictionary, mapped, where it was published with user dictionaries. */
export function openVersionTokenizer(
  folder: string,
  { tokenizer, userDictionaries = [] }: Manifest,
  openTokenizer: OpenTokenizer,
): VersionTokenizer {
  if (userDictionaries.length === 0)
    return { tokenize: openTokenizer(tokenizer).tokenize, release: () => undefined }
  const file = mapFile(join(folder, fileNames.dictionary))
  return { tokenize: openJieba(file.bytes).tokenize, release: file.release }
}
