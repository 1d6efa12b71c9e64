import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'

import { contractChanges } from '../contracts/index.ts'
import type { ContractChange } from '../contracts/index.ts'
import { openControl, withConfig } from './config-option.ts'
import type { ConfigOption } from './config-option.ts'
import { showDeploy } from './show-deploy.ts'

type Options = ConfigOption & {
  readonly model?: string
  readonly force?: true
  readonly allow?: ContractChange[]
}

export function addDeploy(program: Command): void {
  withConfig(program.command('deploy <file-or-version>'))
    .description('replace the model that serves: publish a file where one is given, then roll it out')
    .option('-m, --model <name>', 'the model, where the file name does not say it')
    .option('--allow <change>', 'what may differ from the active version; give it again for more', addChange)
    .option('--force', 'deploy even if a gate other than “whole” fails')
    .addHelpText(
      'after',
      `
A version must first pass the gates: it is whole, keeps its labels and tokenizer, and is not worse, other or
slower than the active one. Then the primary is paused while the backup serves, loads and tests the version,
and is watched on live traffic; then the backup follows. Whatever fails brings every instance back to the old
version.

Examples:
  changeover deploy models/name_question_1591259822.bin
  changeover deploy 1591259822
  changeover deploy name_question@1591259822
  changeover deploy --model name_question latest.bin
  changeover deploy --allow label-set name_question_1591259822.bin`,
    )
    .action(async (target: string, options: Options) => {
      const control = await openControl(options)
      const path = resolve(target)
      await showDeploy(
        control.deploy({
          target: existsSync(path) || target.includes('/') ? path : target,
          ...(options.model === undefined ? {} : { model: options.model }),
          ...(options.force === undefined ? {} : { force: options.force }),
          ...(options.allow === undefined ? {} : { allow: options.allow }),
        }),
      )
    })
}

function addChange(value: string, before: ContractChange[] | undefined): ContractChange[] {
  const change = contractChanges.find((name) => name === value)
  if (change === undefined) throw new InvalidArgumentError(`It is one of ${contractChanges.join(', ')}.`)
  return [...(before ?? []), change]
}
