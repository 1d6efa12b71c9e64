import { TokenizeError } from './errors.ts'
import type { Tokenizer } from './tokenizer.ts'

const lineEnd = /\r\n|\r|\n/

/** What Python's `str.strip()` strips. `trim` also strips a byte order mark, and leaves the separators U+001C to U+001F and U+0085. */
const blank = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'
const around = new RegExp(`^${blank}+|${blank}+$`, 'g')

/**
 * Reads a list of stop words, as Python's `[line.strip() for line in open(path, encoding="utf-8")]` does. Blank lines say nothing.
 * Throws `bad_stop_words` for a byte order mark: whether it is part of the first word depends on the encoding that Python was given.
 */
export function readStopWords(text: string): string[] {
  if (text.startsWith('\ufeff'))
    throw new TokenizeError(
      'bad_stop_words',
      'The list begins with a byte order mark, which Python takes for a part of the first word with the encoding utf-8, and not with utf-8-sig. Save it without one; if training read it as utf-8, take its first word out too, which was never left out there.',
    )
  return text
    .split(lineEnd)
    .map((line) => line.replace(around, ''))
    .filter((word) => word !== '')
}

/** A tokenizer that leaves out tokens; the same one if there are none to leave out. */
export function withoutStopWords(tokenizer: Tokenizer, words: readonly string[]): Tokenizer {
  if (words.length === 0) return tokenizer
  const stopWords = new Set(words)
  const cut = (text: string): string[] => tokenizer.cut(text).filter((token) => !stopWords.has(token))
  return { name: tokenizer.name, tokenize: (text) => cut(text).join(' '), cut }
}
