import { TokenizeError } from '../../errors.ts'
import { isBlockCharacter, isLatinOrDigit, lengthOutsideBlocks } from './alphabet.ts'
import { naturalLog } from './natural-log.ts'
import { addWord, readFrequency, strippedLines, type WordFrequencies } from './word-frequencies.ts'

const linePattern = /^([^\n]+?)( [0-9]+)?( [a-z]+)?$/

/** The most likely cut of `block` into known words, without the hidden Markov model: the end of the word at each place. */
function bestEnds({ frequencies, total }: WordFrequencies, block: string): number[] {
  const logTotal = naturalLog(total)
  const scores = new Array<number>(block.length + 1).fill(0)
  const ends: number[] = []
  for (let start = block.length - 1; start >= 0; start--) {
    let best = -Infinity
    for (let end = start + 1, node = 0; end <= block.length; end++) {
      node = frequencies.child(node, block.charCodeAt(end - 1))
      const frequency = node === 0 ? undefined : frequencies.frequencyAt(node)
      if (frequency === undefined) break
      const score = naturalLog(frequency || 1) - logTotal + (scores[end] ?? 0)
      if (frequency === 0 || score < best) continue
      best = score
      ends[start] = end
    }
    ends[start] ??= start + 1
    scores[start] = best > -Infinity ? best : 0 - logTotal + (scores[start + 1] ?? 0)
  }
  return ends
}

/** Cuts a block into known words; single Latin letters and digits in a row are put together. */
function cutBlock(words: WordFrequencies, block: string): string[] {
  const ends = bestEnds(words, block)
  const tokens: string[] = []
  let isJoining = false
  for (let start = 0; start < block.length;) {
    const end = ends[start] ?? block.length
    const isSingle = end - start === 1 && isLatinOrDigit(block.charCodeAt(start))
    if (isSingle && isJoining) tokens.push(`${tokens.pop() ?? ''}${block.slice(start, end)}`)
    else tokens.push(block.slice(start, end))
    isJoining = isSingle
    start = end
  }
  return tokens
}

function cutKnownWords(words: WordFrequencies, text: string): string[] {
  const tokens: string[] = []
  for (let start = 0; start < text.length;) {
    let end = start
    while (end < text.length && isBlockCharacter(text.charCodeAt(end))) end++
    if (end > start) tokens.push(...cutBlock(words, text.slice(start, end)))
    else tokens.push(text.slice(start, (end += lengthOutsideBlocks(text, start))))
    start = end
  }
  return tokens
}

/** The frequency that makes a new word at least as likely as the pieces that it is cut into so far. */
function suggestFrequency(words: WordFrequencies, word: string): number {
  if (words.total === 0)
    throw new TokenizeError(
      'empty_dictionary',
      `“${word}” has no frequency, and none follows from a main dictionary without a word of a frequency above 0. Add some words there.`,
    )
  let likelihood = 1
  for (const token of cutKnownWords(words, word)) {
    likelihood *= (words.frequencies.get(token) ?? 1) / words.total
  }
  return Math.max(Math.trunc(likelihood * words.total) + 1, words.frequencies.get(word) ?? 1)
}

/**
 * Adds a user dictionary, one `word [frequency] [tag]` a line, in order, as jieba's `load_userdict` does.
 *
 * Each word without a frequency gets one from the state that the lines before it left. Words of frequency 0 are to be
 * split wherever the hidden Markov model finds them; they are returned. Throws `bad_dictionary_line`, `empty_dictionary`.
 */
export function addUserDictionary(words: WordFrequencies, text: string): string[] {
  const splitWords: string[] = []
  let lineNumber = 0
  for (const stripped of strippedLines(text)) {
    lineNumber++
    const [, word, digits] = linePattern.exec(stripped.replace(/^\ufeff+/, '')) ?? []
    if (word === undefined) continue
    const frequency = digits ? readFrequency(digits.slice(1), lineNumber) : suggestFrequency(words, word)
    addWord(words, word, frequency)
    if (frequency === 0) splitWords.push(word)
  }
  return splitWords
}
