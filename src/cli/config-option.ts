import type { Command } from 'commander'

import { dataPaths, loadConfig } from '../config/index.ts'
import { createControlClient } from '../control/index.ts'
import type { ControlClient } from '../control/index.ts'

export type ConfigOption = { readonly config?: string }

/** Adds the option that every command has which needs to know the stack. */
export function withConfig(command: Command): Command {
  return command.option(
    '-c, --config <file>',
    'the configuration (default: $CHANGEOVER_CONFIG, or changeover.yaml here)',
  )
}

/** The control client of the stack that a configuration describes. */
export async function openControl({ config }: ConfigOption): Promise<ControlClient> {
  const loaded = await loadConfig(config)
  return createControlClient(dataPaths(loaded.config.data).controlSocket)
}
