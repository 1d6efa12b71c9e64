import type { Command } from 'commander'
import { Option } from 'commander'

import type { TokenizerName } from '../../config/schema/index.ts'
import { tokenizerNames } from '../../config/schema/index.ts'

export type TokenizerOptions = {
  readonly tokenizer?: TokenizerName
  readonly userDictionary?: readonly string[]
}

/** Adds the options for how text is turned into tokens. */
export function withTokenizer(command: Command, description: string, preset?: TokenizerName): Command {
  return command
    .addOption(new Option('--tokenizer <name>', description).choices(tokenizerNames).default(preset))
    .option(
      '--user-dictionary <file>',
      'words to add to jieba’s; may be repeated',
      (file: string, before: readonly string[] | undefined) => [...(before ?? []), file],
    )
}
