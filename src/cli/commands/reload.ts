import type { Command } from 'commander'

import { ChangeoverError } from '../../contracts/index.ts'
import type { ControlOption } from '../options/control-option.ts'
import { openStack, withControl } from '../options/control-option.ts'
import { formatDuration, printLine } from '../output/output.ts'
import { showStep } from '../output/show-step.ts'

export function addReload(program: Command): void {
  withControl(program.command('reload'))
    .description('load a new service file, configuration or version of the program, without losing a request')
    .addHelpText(
      'after',
      `
A new gateway and new workers start on the same sockets; when all are ready, the old ones answer what they have
and end. If one does not start, the old ones keep serving. Addresses and the data folder cannot change.

Example:
  changeover reload`,
    )
    .action(async (options: ControlOption) => {
      const control = await openStack(options)
      for await (const event of control.reload()) {
        if (event.type === 'step') {
          showStep(event)
          continue
        }
        if (!event.ok) throw new ChangeoverError(event.error.code, event.error.message)
        printLine(`reloaded, after ${formatDuration(event.durationMs)}`)
        return
      }
      throw new ChangeoverError(
        'not_running',
        'the supervisor exited before the end of the reload; run `changeover up` to repair the stack',
      )
    })
}
