import type { Command } from 'commander'

import { logLevels } from '../../config/schema/index.ts'
import type { ControlOption } from '../options/control-option.ts'
import { openStack, withControl } from '../options/control-option.ts'
import { logLevel } from '../options/log-level.ts'
import { printLine } from '../output/output.ts'

export function addLogLevel(program: Command): void {
  withControl(program.command('log-level [level]'))
    .description('show what the processes of the stack log, or change it while they run')
    .addHelpText(
      'after',
      `
Levels: ${logLevels.join(', ')}. A new level holds for all processes, also for those that start later, until the next
reload or start; then the level is that of logLevel in the configuration again.

Examples:
  changeover log-level
  changeover log-level debug`,
    )
    .action(async (level: string | undefined, options: ControlOption) => {
      const wanted = level === undefined ? undefined : logLevel('the level')(level)
      const control = await openStack(options)
      if (wanted === undefined) {
        printLine((await control.logLevel()).level)
        return
      }
      const { processes } = await control.setLogLevel({ level: wanted })
      printLine(`${wanted}, in ${processes} processes`)
    })
}
