import type { Command } from 'commander'

import { loadConfig } from '../../config/index.ts'
import type { ConfigOption } from '../options/config-option.ts'
import { withConfig } from '../options/config-option.ts'
import type { Start } from '../options/gunicorn-options.ts'

export function addDev(program: Command, dev: Start): void {
  withConfig(program.command('dev'))
    .description('start the whole stack, and serve the service file and the configuration as they are saved')
    .addHelpText(
      'after',
      `
A save starts new processes beside those that serve, and loses no request. A fault is shown with its line, and what was
served before goes on serving. Types are not checked. Answers are checked against their schemas. Everything ends with
this command, also if its terminal is closed.

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
