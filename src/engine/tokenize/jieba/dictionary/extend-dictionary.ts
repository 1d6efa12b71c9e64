import { TokenizeError } from '../../errors.ts'
import { impossible, type MarkovTable, places } from '../hidden-markov-model.ts'
import { writeDictionary } from './compile-dictionary.ts'
import { type Dictionary, readSplitWords, viewDictionary } from './dictionary-format.ts'
import { codeMask, visitDoubleArray } from './double-array.ts'
import { addUserDictionary } from './user-dictionary.ts'
import { readDictionary, type WordFrequencies } from './word-frequencies.ts'
import { WordTable } from './word-table.ts'

/** The character of each code. The code that all unknown characters share has none. */
function charactersByCode({ codeOf, emissions }: Dictionary): string[] {
  const characters: string[] = []
  const unknownCode = emissions.length / places.length - 1
  codeOf.forEach((entry, unit) => {
    const code = entry & codeMask
    if (code !== 0 && code !== unknownCode) characters[code] = String.fromCharCode(unit)
  })
  return characters
}

function readWords(dictionary: Dictionary, characters: readonly string[]): WordFrequencies {
  const frequencies = new WordTable()
  visitDoubleArray(dictionary.cells, (path, value) => {
    const word = path.map((code) => characters[code]).join('')
    frequencies.set(word, dictionary.frequencies[value] ?? 0)
  })
  return { frequencies, total: dictionary.total[0] ?? 0 }
}

function readMarkovTable(dictionary: Dictionary, characters: readonly string[]): MarkovTable {
  const emissions = new Map<string, Float64Array>()
  characters.forEach((character, code) => {
    const row = dictionary.emissions.slice(places.length * code, places.length * (code + 1))
    if (row.some((probability) => probability !== impossible)) emissions.set(character, row)
  })
  return { start: dictionary.start, transitions: dictionary.transitions, emissions }
}

/** The text of a dictionary, and its name for messages. */
export type DictionaryText = { readonly name: string; readonly text: string }

/** What takes the place of the dictionary's words, as jieba's `set_dictionary`, and what is added in order, as `load_userdict`. */
export type OwnWords = {
  readonly mainDictionary?: DictionaryText | undefined
  readonly userDictionaries: readonly DictionaryText[]
}

/** Reads a dictionary; its name goes before the message of what is wrong with it. */
function reading<T>({ name, text }: DictionaryText, read: (text: string) => T): T {
  try {
    return read(text)
  } catch (error) {
    throw error instanceof TokenizeError ? new TokenizeError(error.code, `${name}: ${error.message}`) : error
  }
}

/**
 * Recompiles a dictionary with words of one's own; its model for unknown words stays.
 *
 * Not an overlay: each new word changes the total, and so the weight of every word; and one trie keeps the cut as fast
 * as without. It takes some seconds: do it once, where a model is published, and store the result.
 * Throws `bad_dictionary_line`, `dictionary_too_large`, and what `openJieba` throws.
 */
export function extendJiebaDictionary(
  base: ArrayBuffer,
  { mainDictionary, userDictionaries }: OwnWords,
): Uint8Array<ArrayBuffer> {
  const dictionary = viewDictionary(base)
  const characters = charactersByCode(dictionary)
  const words =
    mainDictionary === undefined ? readWords(dictionary, characters) : reading(mainDictionary, readDictionary)
  const splitWords = readSplitWords(dictionary)
  for (const added of userDictionaries)
    for (const word of reading(added, (text) => addUserDictionary(words, text))) splitWords.add(word)
  return writeDictionary({ words, markov: readMarkovTable(dictionary, characters), splitWords })
}
