import type { Command } from 'commander'

import { defined } from '../../contracts/index.ts'
import type { ControlOption } from '../options/control-option.ts'
import { openStack, withControl } from '../options/control-option.ts'
import { parseMoment } from '../options/parse-moment.ts'
import type { WhyOption } from '../options/why-option.ts'
import { askedBy, withReason } from '../options/why-option.ts'
import { showDeploy } from '../output/show-deploy.ts'

type Options = ControlOption &
  WhyOption & {
    readonly model?: string
    readonly to?: string
    readonly before?: string
    readonly force?: true
  }

export function addRollback(program: Command): void {
  withReason(withControl(program.command('rollback')))
    .description('go back to a version that served before, by the same steps')
    .option('-m, --model <name>', 'the model, if there is more than one')
    .option('--to <version>', 'this version, in place of the previous one')
    .option('--before <time>', 'the version that was active before: 2026-11-23T08:00Z, or 30m, 2h, 1d ago')
    .option('--force', 'go back even if answers fail while the version is watched')
    .addHelpText(
      'after',
      `
It takes priority: a deploy in progress is cancelled. While that answers callers already, the way back leads to what
served before it.

Examples:
  changeover rollback
  changeover rollback --model name_question --why 'takes questions for names'
  changeover rollback --to 1591259822
  changeover rollback --before 2h`,
    )
    .action(async (options: Options) => {
      const { model, to, before, force } = options
      const control = await openStack(options)
      await showDeploy(
        control.rollback({
          ...defined({ model, to }),
          ...(before === undefined ? {} : { beforeMs: parseMoment(before, Date.now()) }),
          ...askedBy(options),
          ...defined({ force }),
        }),
      )
    })
}
