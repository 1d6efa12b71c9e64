import type { Command } from 'commander'

import { defined } from '../../contracts/index.ts'
import { currentUser } from '../../store/index.ts'

export type WhyOption = { readonly why?: string }

/** Adds the option for the reason, for the history. */
export function withReason(command: Command): Command {
  return command.option('--why <text>', 'the reason, for the history')
}

/** The user and the reason, for the history. */
export function askedBy({ why }: WhyOption): { readonly by: string; readonly why?: string } {
  return { by: currentUser(), ...defined({ why }) }
}
