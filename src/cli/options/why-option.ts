import type { Command } from 'commander'

import { defined } from '../../contracts/index.ts'
import { currentUser } from '../../store/index.ts'

export type WhyOption = { readonly why?: string }

/** Adds the option with which somebody says why, for the history. */
export function withReason(command: Command): Command {
  return command.option('--why <text>', 'the reason, for the history')
}

/** What the history is told of whoever runs the command. */
export function askedBy({ why }: WhyOption): { readonly by: string; readonly why?: string } {
  return { by: currentUser(), ...defined({ why }) }
}
