import { TokenizeError } from '../../errors.ts'
import { WordTable } from './word-table.ts'

/**
 * The words of a dictionary, as jieba keeps them.
 *
 * `frequencies` holds every word and, with frequency 0, every prefix of a word that is not itself a word. `total` is the
 * sum over all lines read, so a word that is given twice counts twice.
 */
export type WordFrequencies = {
  readonly frequencies: WordTable
  total: number
}

/** Splits a file as Python does: by LF alone, each line stripped of ASCII white space. */
export function* strippedLines(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const end = text.indexOf('\n', start)
    const line = end === -1 ? text.slice(start) : text.slice(start, end)
    yield line.replace(/^[\t-\r ]+|[\t-\r ]+$/g, '')
    start = end === -1 ? text.length : end + 1
  }
}

/** Reads a whole, non-negative number that a double holds exactly; throws `bad_dictionary_line`. */
export function readFrequency(digits: string, lineNumber: number): number {
  const frequency = Number(digits)
  if (/^[0-9]+$/.test(digits) && Number.isSafeInteger(frequency)) return frequency
  throw new TokenizeError(
    'bad_dictionary_line',
    `Line ${lineNumber} of the dictionary has the frequency "${digits}", which is not a whole number below 2^53. Correct the line.`,
  )
}

/** Gives a word its frequency and makes its beginnings known. */
export function addWord(words: WordFrequencies, word: string, frequency: number): void {
  words.frequencies.set(word, frequency)
  words.total += frequency
}

/** Reads `dict.txt`: one `word frequency [tag]` a line. Throws `bad_dictionary_line`. */
export function readDictionary(text: string): WordFrequencies {
  const words: WordFrequencies = { frequencies: new WordTable(), total: 0 }
  let lineNumber = 0
  for (const line of strippedLines(text)) {
    lineNumber++
    const [word, frequency] = line.split(' ')
    if (word === undefined || frequency === undefined) {
      throw new TokenizeError(
        'bad_dictionary_line',
        `Line ${lineNumber} of the dictionary is "${line}". Each line needs a word, a space and a frequency.`,
      )
    }
    addWord(words, word, readFrequency(frequency, lineNumber))
  }
  return words
}
