export { charactersTokenizer } from './characters.ts'
export { TokenizeError, type TokenizeErrorCode } from './errors.ts'
export { createIntlTokenizer } from './intl.ts'
export { compileJiebaDictionary, type JiebaData } from './jieba/dictionary/compile-dictionary.ts'
export {
  type DictionaryText,
  extendJiebaDictionary,
  type OwnWords,
} from './jieba/dictionary/extend-dictionary.ts'
export type { HiddenMarkovModel } from './jieba/hidden-markov-model.ts'
export { type JiebaOptions, openJieba } from './jieba/open-jieba.ts'
export { readStopWords, withoutStopWords } from './stop-words.ts'
export { type Tokenizer, type TokenizerName, whitespaceTokenizer } from './tokenizer.ts'
