import type { Config } from '../../config/schema/index.ts'
import type { TokenizerChoice } from '../../store/index.ts'
import { findTokenizer, tokenizerUnknown } from '../../store/index.ts'
import type { TokenizerOptions } from '../options/tokenizer-option.ts'
import { namedTokenizer } from '../options/tokenizer-option.ts'
import { askTokenizer } from './ask-tokenizer.ts'

export type ChooseTokenizerOptions = TokenizerOptions & {
  readonly config: Pick<Config, 'models'>
  readonly storePath: string
  /** How to specify it, for the message if nobody is there to ask. */
  readonly how: string
}

/**
 * The tokenizer of the command, the configuration or the store; else the answer of the person at the terminal. Throws
 * `tokenizer_unknown` without one.
 */
export async function chooseTokenizer(
  model: string,
  { config, storePath, how, ...options }: ChooseTokenizerOptions,
): Promise<TokenizerChoice> {
  const named = namedTokenizer(options)
  const found = findTokenizer(model, config, storePath, named)
  if (found !== undefined) return found
  const answer = process.stdin.isTTY && process.stderr.isTTY ? await askTokenizer(model) : undefined
  if (answer !== undefined) return { ...named, tokenizer: answer, source: 'as you say' }
  throw tokenizerUnknown(model, how)
}
