import { impossible, type MarkovTable, places } from '../hidden-markov-model.ts'
import { writeDictionary } from './compile-dictionary.ts'
import { type Dictionary, readSplitWords, viewDictionary } from './dictionary-format.ts'
import { codeMask, visitDoubleArray } from './double-array.ts'
import { addUserDictionary } from './user-dictionary.ts'
import type { WordFrequencies } from './word-frequencies.ts'
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

/**
 * Recompiles a dictionary with the texts of user dictionaries added in order, as jieba's `load_userdict` does.
 *
 * Not an overlay: each new word changes the total, and so the weight of every word; and one trie keeps the cut as fast
 * as without. It takes some seconds: do it once, where a model is published, and store the result.
 * Throws `bad_dictionary_line`, `dictionary_too_large`, and what `openJieba` throws.
 */
export function extendJiebaDictionary(
  base: ArrayBuffer,
  userDictionaries: readonly string[],
): Uint8Array<ArrayBuffer> {
  const dictionary = viewDictionary(base)
  const characters = charactersByCode(dictionary)
  const words = readWords(dictionary, characters)
  const splitWords = readSplitWords(dictionary)
  for (const text of userDictionaries) addUserDictionary(words, text).forEach((word) => splitWords.add(word))
  return writeDictionary({ words, markov: readMarkovTable(dictionary, characters), splitWords })
}
