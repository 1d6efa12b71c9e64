/** The ways to turn text into tokens that a model's manifest may name. */
export const TOKENIZER_NAMES = ['jieba', 'whitespace', 'characters', 'intl'] as const

export type TokenizerName = (typeof TOKENIZER_NAMES)[number]

/**
 * Turns text into what a model reads: tokens that are not empty, joined by one space. The model parts them at fastText's
 * white space again, so a token that is itself white space, as jieba gives them, adds nothing.
 */
export type Tokenizer = {
  readonly name: TokenizerName
  readonly tokenize: (text: string) => string
}

/** For text whose tokens are parted by white space already: it is returned as it is. */
export const whitespaceTokenizer: Tokenizer = { name: 'whitespace', tokenize: (text) => text }
