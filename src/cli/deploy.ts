import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

import type { Command } from 'commander'

import { openControl, withConfig } from './config-option.ts'
import type { ConfigOption } from './config-option.ts'
import { showDeploy } from './show-deploy.ts'

type Options = ConfigOption & { readonly model?: string }

export function addDeploy(program: Command): void {
  withConfig(program.command('deploy <file-or-version>'))
    .description('replace the model that serves: publish a file where one is given, then roll it out')
    .option('-m, --model <name>', 'the model, where the file name does not say it')
    .addHelpText(
      'after',
      `
The primary is paused while the backup serves, loads and tests the version, and is watched on live traffic;
then the backup follows. Whatever fails brings every instance back to the old version.

Examples:
  changeover deploy models/name_question_1591259822.bin
  changeover deploy 1591259822
  changeover deploy name_question@1591259822
  changeover deploy --model name_question latest.bin`,
    )
    .action(async (target: string, options: Options) => {
      const control = await openControl(options)
      const path = resolve(target)
      await showDeploy(
        control.deploy({
          target: existsSync(path) || target.includes('/') ? path : target,
          ...(options.model === undefined ? {} : { model: options.model }),
        }),
      )
    })
}
