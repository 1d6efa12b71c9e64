import type { Command } from 'commander'

import { loadConfig } from '../config/index.ts'
import type { LoadedConfig } from '../config/index.ts'
import { withConfig } from './config-option.ts'
import type { ConfigOption } from './config-option.ts'

export type Up = (loaded: LoadedConfig) => Promise<void>

export function addUp(program: Command, up: Up): void {
  withConfig(program.command('up'))
    .description('start the whole stack: supervisor, gateway, primary and backup')
    .addHelpText(
      'after',
      `
It runs until SIGTERM or \`changeover down\`, and answers what is under way before it ends; Ctrl-C ends it at once.
HUP is \`changeover reload\`; TTIN and TTOU have one worker more or fewer an instance.

Examples:
  changeover up
  changeover up --config examples/name-question/changeover.yaml`,
    )
    .action(async ({ config }: ConfigOption) => up(await loadConfig(config)))
}
