import { fileURLToPath } from 'node:url'

import { openJieba, whitespaceTokenizer } from '../tokenize/index.ts'
import type { Tokenizer, TokenizerName } from '../tokenize/index.ts'
import { mapFile } from './map-file.ts'

export type OpenTokenizer = (name: TokenizerName) => Tokenizer

const jiebaDictionary = fileURLToPath(new URL('../../assets/jieba/jieba.dict', import.meta.url))

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
  }
}
