import type { Command } from 'commander'

import { loadConfig } from '../../config/index.ts'
import type { ConfigOption } from '../options/config-option.ts'
import { withConfig } from '../options/config-option.ts'
import type { Start } from '../options/gunicorn-options.ts'

export function addDev(program: Command, dev: Start): void {
  withConfig(program.command('dev'))
    .description(
      'start the whole stack, and serve the service file and the configuration as soon as you save them',
    )
    .addHelpText(
      'after',
      `
After each save, new processes start beside those that serve, and no request is lost. If there is a fault, its line is
shown, and what was served before goes on serving. Types are not checked. Answers are checked against their schemas.
All processes end with this command, even if its terminal is closed.

Examples:
  changeover dev
  changeover dev --config examples/name-question/changeover.yaml`,
    )
    .action(async (options: ConfigOption) => {
      const loaded = await loadConfig(options.config)
      await dev({
        loaded,
        loadAgain: async () => (await loadConfig(loaded.path)).config,
        binds: undefined,
        logFiles: { access: undefined, error: undefined },
        pidFile: undefined,
        given: undefined,
      })
    })
}
