import type { TokenizerSettings } from '../../contracts/index.ts'
import { ChangeoverError } from '../../contracts/index.ts'
import type { Tokenizer } from '../../engine/tokenize/index.ts'
import {
  extendJiebaDictionary,
  openJieba,
  TokenizeError,
  withoutStopWords,
} from '../../engine/tokenize/index.ts'
import { mapFile } from '../fs/map-file.ts'
import { createTokenizers, jiebaDictionary } from './open-tokenizer.ts'
import type { TokenizerContent, TokenizerFile } from './tokenizer-files.ts'
import { parseStopWords, readTokenizerFiles } from './tokenizer-files.ts'

/**
 * The dictionary of main and user dictionaries, compiled; it takes seconds. Undefined if there are none: jieba's own serves.
 * Throws `user_dictionary_invalid`.
 */
export function compileOwnDictionary({
  mainDictionary,
  userDictionaries,
}: TokenizerContent): Uint8Array<ArrayBuffer> | undefined {
  if (mainDictionary === undefined && userDictionaries.length === 0) return undefined
  const named = ({ fileName, text }: TokenizerFile) => ({ name: fileName, text })
  const base = mapFile(jiebaDictionary)
  try {
    return extendJiebaDictionary(base.bytes, {
      mainDictionary: mainDictionary && named(mainDictionary),
      userDictionaries: userDictionaries.map(named),
    })
  } catch (error) {
    if (!(error instanceof TokenizeError)) throw error
    throw new ChangeoverError('user_dictionary_invalid', error.message, { cause: error })
  } finally {
    base.release()
  }
}

/**
 * A tokenizer outside a published version. With dictionaries of its own it takes seconds, and memory of its own. Throws what
 * `readTokenizerFiles`, `parseStopWords` and `compileOwnDictionary` throw.
 */
export function openTokenizerWith(settings: TokenizerSettings): Tokenizer {
  const content = readTokenizerFiles(settings)
  const { tokenizer, hmm, stopWords } = content
  const words = parseStopWords(stopWords)
  const dictionary = compileOwnDictionary(content)
  const opened =
    dictionary === undefined ? createTokenizers()(tokenizer, hmm) : openJieba(dictionary.buffer, { hmm })
  return withoutStopWords(opened, words)
}
