import type { Command } from 'commander'
import { Option } from 'commander'

import type { TokenizerName } from '../../config/schema/index.ts'
import { tokenizerNames } from '../../config/schema/index.ts'
import { defined } from '../../contracts/index.ts'
import type { NamedTokenizer } from '../../store/index.ts'

export type TokenizerOptions = {
  readonly tokenizer?: TokenizerName
  readonly mainDictionary?: string
  readonly userDictionary?: readonly string[]
  readonly hmm?: boolean
  readonly stopWords?: readonly string[]
}

/** Adds the options for how text is turned into tokens. */
export function withTokenizer(command: Command, description: string, preset?: TokenizerName): Command {
  return command
    .addOption(new Option('--tokenizer <name>', description).choices(tokenizerNames).default(preset))
    .option('--main-dictionary <file>', 'words in place of jieba’s, as its set_dictionary takes them')
    .option('--user-dictionary <file>', 'words to add to jieba’s; may be repeated', addFile)
    .addOption(new Option('--hmm').hideHelp())
    .option('--no-hmm', 'only words of the dictionary, as jieba’s HMM=False; --hmm is the opposite')
    .option('--stop-words <file>', 'words to leave out, one a line; may be repeated', addFile)
}

/** What the options name, for the store. */
export function namedTokenizer({
  tokenizer,
  mainDictionary,
  userDictionary,
  hmm,
  stopWords,
}: TokenizerOptions): NamedTokenizer {
  return defined({ tokenizer, mainDictionary, userDictionaries: userDictionary, hmm, stopWords })
}

function addFile(file: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), file]
}
