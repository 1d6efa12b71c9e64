import { statSync } from 'node:fs'

import type { Command } from 'commander'

import { dataPaths, loadConfig } from '../../config/index.ts'
import type { Config } from '../../config/schema/index.ts'
import type { ControlClient } from '../../control-api/index.ts'
import { createControlClient } from '../../control-api/index.ts'

export type ConfigOption = { readonly config?: string }

/** Adds the option of every command that needs a configuration. */
export function withConfig(command: Command): Command {
  return command.option(
    '-c, --config <file>',
    'the configuration (default: $CHANGEOVER_CONFIG, or changeover.yaml here, or what `up FILES` wrote)',
  )
}

/** The control client of the stack that a configuration describes. */
export async function openControl({ config }: ConfigOption): Promise<ControlClient> {
  return controlOf((await loadConfig(config)).config)
}

/** The control client of the stack of a configuration. Root may also reach the stack of the user who owns the data folder. */
export function controlOf({ data, run }: Config): ControlClient {
  const { controlSocket } = dataPaths(data, run)
  const dataOwnerId = statSync(data, { throwIfNoEntry: false })?.uid
  return createControlClient(
    controlSocket,
    process.geteuid?.() === 0 && dataOwnerId !== undefined ? { ownerIds: [0, dataOwnerId] } : {},
  )
}
