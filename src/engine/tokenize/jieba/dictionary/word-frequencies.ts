import { TokenizeError } from '../../errors.ts'

/**
 * The words that a dictionary knows, as jieba keeps them.
 *
 * `frequencies` holds every word and, with frequency 0, every beginning of a word that is no word itself. `total` is the
 * sum over all lines read, so a word that is given twice counts twice.
 */
export type WordFrequencies = {
  readonly frequencies: Map<string, number>
  total: number
}

/** Splits a file as Python does: by LF alone, each line stripped of ASCII white space. */
export function strippedLines(text: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.map((line) => line.replace(/^[\t-\r ]+|[\t-\r ]+$/g, ''))
}

/** Reads a whole, non-negative number that a double holds exactly; throws `bad_dictionary_line`. */
export function readFrequency(digits: string, lineNumber: number): number {
  const frequency = Number(digits)
  if (/^[0-9]+$/.test(digits) && Number.isSafeInteger(frequency)) return frequency
  throw new TokenizeError(
    'bad_dictionary_line',
    `Line ${lineNumber} of the dictionary has the frequency "${digits}", which is no whole number below 2^53. Correct the line.`,
  )
}

/** Gives a word its frequency and makes its beginnings known. */
export function addWord(words: WordFrequencies, word: string, frequency: number): void {
  words.frequencies.set(word, frequency)
  words.total += frequency
  let beginning = ''
  for (const character of word) {
    beginning += character
    if (!words.frequencies.has(beginning)) words.frequencies.set(beginning, 0)
  }
}

/** Reads `dict.txt`: one `word frequency [tag]` a line. Throws `bad_dictionary_line`. */
export function readDictionary(text: string): WordFrequencies {
  const words: WordFrequencies = { frequencies: new Map(), total: 0 }
  strippedLines(text).forEach((line, index) => {
    const [word, frequency] = line.split(' ')
    if (word === undefined || frequency === undefined) {
      throw new TokenizeError(
        'bad_dictionary_line',
        `Line ${index + 1} of the dictionary is "${line}". Each line needs a word, a space and a frequency.`,
      )
    }
    addWord(words, word, readFrequency(frequency, index + 1))
  })
  return words
}
