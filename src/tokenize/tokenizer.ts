/** The ways to turn text into tokens that a model's manifest may name. */
export const TOKENIZER_NAMES = ['jieba', 'whitespace'] as const

export type TokenizerName = (typeof TOKENIZER_NAMES)[number]

/** Turns text into what a model reads: the tokens joined by one space. */
export type Tokenizer = {
  readonly name: TokenizerName
  readonly tokenize: (text: string) => string
}

/** For text whose tokens are parted by white space already: it is returned as it is. */
export const whitespaceTokenizer: Tokenizer = { name: 'whitespace', tokenize: (text) => text }
