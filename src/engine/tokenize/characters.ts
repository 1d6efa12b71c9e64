import type { Tokenizer } from './tokenizer.ts'
import { splitAtWhiteSpace } from './white-space.ts'

/**
 * Each Unicode code point is a token, letters and digits too; fastText's white space parts tokens and is none.
 * To fastText this is the same as Python's `" ".join(text)`.
 */
export const charactersTokenizer: Tokenizer = {
  name: 'characters',
  tokenize: (text) => cut(text).join(' '),
  cut,
}

function cut(text: string): string[] {
  return Array.from(splitAtWhiteSpace(text).join(''))
}
