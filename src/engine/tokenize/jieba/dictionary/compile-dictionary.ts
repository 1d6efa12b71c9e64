import { TokenizeError } from '../../errors.ts'
import {
  type HiddenMarkovModel,
  impossible,
  type MarkovTable,
  places,
  readHiddenMarkovModel,
} from '../hidden-markov-model.ts'
import { isBlockCharacter } from './alphabet.ts'
import { blockFlag, createDictionary, type Dictionary, packSplitWords } from './dictionary-format.ts'
import { codeMask, layOutTrie, maxValue } from './double-array.ts'
import { naturalLog } from './natural-log.ts'
import { readDictionary, type WordFrequencies } from './word-frequencies.ts'

/** Everything that a compiled dictionary holds. */
type DictionaryContent = {
  readonly words: WordFrequencies
  readonly markov: MarkovTable
  readonly splitWords: ReadonlySet<string>
}

function checkTotal(total: number): void {
  if (!Number.isSafeInteger(total))
    throw new TokenizeError(
      'dictionary_too_large',
      'The frequencies of the dictionary have a sum above 2^53. Divide all of them by the same number.',
    )
  if (total > 0) return
  throw new TokenizeError(
    'empty_dictionary',
    'The dictionary has no word of a frequency above 0. Add some words.',
  )
}

function refuseSize(what: string, count: number, most: number): never {
  const format = (number: number): string => number.toLocaleString('en')
  throw new TokenizeError(
    'dictionary_too_large',
    `The dictionary and its user words have ${format(count)} ${what}, and ${format(most)} is the most. Take some words out, or round their frequencies.`,
  )
}

/** The characters of words and emissions; the most frequent first, so that the cells of a node lie close together. */
function rankCharacters({ words, markov }: DictionaryContent): number[] {
  const counts = words.frequencies.countUnits()
  for (const character of markov.emissions.keys()) {
    const unit = character.charCodeAt(0)
    counts.set(unit, counts.get(unit) ?? 0)
  }
  return [...counts].sort(([a, countA], [b, countB]) => countB - countA || a - b).map(([unit]) => unit)
}

/** Codes from 1 on for ranked characters; the next one is for all others in blocks; characters elsewhere have 0. */
function numberCharacters(ranked: readonly number[]): Uint16Array {
  const codeOf = new Uint16Array(2 ** 16)
  ranked.forEach((unit, rank) => (codeOf[unit] = rank + 1))
  return codeOf.map((code, unit) => (isBlockCharacter(unit) ? blockFlag | (code || ranked.length + 1) : code))
}

function fillEmissions(dictionary: Dictionary, { emissions }: MarkovTable): void {
  dictionary.emissions.fill(impossible)
  for (const [character, row] of emissions) {
    const code = (dictionary.codeOf[character.charCodeAt(0)] as number) & codeMask
    dictionary.emissions.set(row, places.length * code)
  }
}

function fillWeights(dictionary: Dictionary, frequencies: readonly number[], total: number): void {
  dictionary.total[0] = total
  dictionary.frequencies.set(frequencies)
  const logTotal = naturalLog(total)
  dictionary.weights.set(frequencies.map((frequency) => naturalLog(frequency || 1) - logTotal))
}

/** Writes the compiled form; the same content always gives the same bytes. Throws `dictionary_too_large`, `empty_dictionary`. */
export function writeDictionary(content: DictionaryContent): Uint8Array<ArrayBuffer> {
  const { words, markov, splitWords } = content
  checkTotal(words.total)
  const ranked = rankCharacters(content)
  const codeCount = ranked.length + 2
  if (codeCount > codeMask) refuseSize('different characters', ranked.length, codeMask - 2)
  const frequencies = words.frequencies.differentFrequencies()
  if (frequencies.length > maxValue)
    refuseSize('different frequencies above 0', frequencies.length - 1, maxValue - 1)
  const valueOf = new Map(frequencies.map((frequency, rank) => [frequency, rank]))
  const codeOf = numberCharacters(ranked)
  const trie = words.frequencies.takeTrie(
    (unit) => (codeOf[unit] as number) & codeMask,
    (frequency) => valueOf.get(frequency) ?? 0,
  )
  const { cellCount, write } = layOutTrie(trie, codeCount)
  const splitUnits = packSplitWords(splitWords)
  const { buffer, dictionary } = createDictionary({
    frequencyCount: frequencies.length,
    codeCount,
    cellCount,
    splitUnitCount: splitUnits.length,
  })
  write(dictionary.cells)
  dictionary.codeOf.set(codeOf)
  dictionary.splitUnits.set(splitUnits)
  dictionary.start.set(markov.start)
  dictionary.transitions.set(markov.transitions)
  fillWeights(dictionary, frequencies, words.total)
  fillEmissions(dictionary, markov)
  return new Uint8Array(buffer)
}

/** jieba's own data: the text of `dict.txt` and the tables of `finalseg`. */
export type JiebaData = { readonly dict: string; readonly hmm: HiddenMarkovModel }

/** Compiles jieba's data into the form that `openJieba` reads. Throws a TokenizeError for data that is not valid. */
export function compileJiebaDictionary({ dict, hmm }: JiebaData): Uint8Array<ArrayBuffer> {
  return writeDictionary({
    words: readDictionary(dict),
    markov: readHiddenMarkovModel(hmm),
    splitWords: new Set(),
  })
}
