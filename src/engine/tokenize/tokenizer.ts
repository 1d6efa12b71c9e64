import { splitAtWhiteSpace } from './white-space.ts'

/** The ways to turn text into tokens that a model's manifest may name. */
export type TokenizerName = 'jieba' | 'whitespace' | 'characters' | 'intl'

/**
 * Turns text into what a model reads: the tokens joined by one space. The model parts them again at fastText's white space, so
 * tokens that are white space themselves, as jieba gives them, count for nothing.
 */
export type Tokenizer = {
  readonly name: TokenizerName
  readonly tokenize: (text: string) => string
  /** The tokens themselves; jieba's may be white space, as in Python. */
  readonly cut: (text: string) => string[]
}

/** For text whose tokens are parted by white space already: it is returned as it is. */
export const whitespaceTokenizer: Tokenizer = {
  name: 'whitespace',
  tokenize: (text) => text,
  cut: splitAtWhiteSpace,
}
