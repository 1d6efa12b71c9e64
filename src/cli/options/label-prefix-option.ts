import type { Command } from 'commander'

import { ChangeoverError } from '../../contracts/index.ts'

export type LabelPrefixOption = { readonly labelPrefix?: string }

/** Adds the option for labels with another prefix, fastText's `-label`. */
export function withLabelPrefix(command: Command): Command {
  return command.option(
    '--label-prefix <prefix>',
    'what a label begins with, as fastText’s -label; __label__ unless given',
    (prefix: string) => {
      if (prefix !== '' && !/[\0\t-\r ]/.test(prefix)) return prefix
      throw new ChangeoverError(
        'bad_usage',
        '--label-prefix takes what every label begins with, without white space, such as __class__',
      )
    },
  )
}
