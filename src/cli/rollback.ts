import type { Command } from 'commander'

import { openControl, withConfig } from './config-option.ts'
import type { ConfigOption } from './config-option.ts'
import { showDeploy } from './show-deploy.ts'

type Options = ConfigOption & { readonly model?: string }

export function addRollback(program: Command): void {
  withConfig(program.command('rollback'))
    .description('go back to the version that served before, by the same road')
    .option('-m, --model <name>', 'the model, where there is more than one')
    .addHelpText(
      'after',
      `
Examples:
  changeover rollback
  changeover rollback --model name_question`,
    )
    .action(async (options: Options) => {
      const control = await openControl(options)
      await showDeploy(control.rollback(options.model === undefined ? {} : { model: options.model }))
    })
}
