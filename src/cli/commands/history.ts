import type { Command } from 'commander'

import { dataPaths, loadConfig } from '../../config/index.ts'
import type { HistoryEntry } from '../../contracts/index.ts'
import { defined } from '../../contracts/index.ts'
import { takeLatestHistory } from '../../store/index.ts'
import type { ControlOption } from '../options/control-option.ts'
import { isRemote, openStack, withControl } from '../options/control-option.ts'
import { wholeNumber } from '../options/whole-number.ts'
import { nameCaller, nameTarget } from '../output/describe-entry.ts'
import { colors, formatTable, formatTime, print, printLine } from '../output/output.ts'

type Options = ControlOption & { readonly model?: string; readonly count: number; readonly json?: true }

export function addHistory(program: Command): void {
  withControl(program.command('history'))
    .description('show what was published, deployed, rolled back and removed, by whom, why, with what result')
    .option('-m, --model <name>', 'only this model')
    .option('-n, --count <count>', 'show only this many, the latest', wholeNumber('-n', { min: 1 }), 20)
    .option('--json', 'print one JSON array')
    .addHelpText(
      'after',
      `
Reads the store, and needs no running stack unless --control names one. The latest comes last.

Examples:
  changeover history
  changeover history --model name_question -n 5
  changeover history --json | jq '.[] | select(.outcome == "failed")'`,
    )
    .action(async (options: Options) => {
      const entries = await readEntries(options)
      if (options.json) printLine(JSON.stringify(entries))
      else if (entries.length === 0) printLine('nothing has been done yet')
      else print(formatHistory(entries))
    })
}

async function readEntries(options: Options): Promise<readonly HistoryEntry[]> {
  const query = { count: options.count, ...defined({ model: options.model }) }
  if (isRemote(options)) return (await openStack(options)).history(query)
  const { config } = await loadConfig(options.config)
  return takeLatestHistory(dataPaths(config.data).store, query)
}

/** The entries of a history as a table. */
export function formatHistory(entries: readonly HistoryEntry[]): string {
  return formatTable([
    ['when', 'what', 'version', 'before', 'by', 'result', 'why'],
    ...entries.map((entry) => {
      const { atMs, action, from, outcome, overrode, error, why } = entry
      return [
        formatTime(atMs),
        action,
        nameTarget(entry) || '-',
        from ?? '-',
        nameCaller(entry),
        outcome === 'done' ? outcome : colors.red(outcome),
        [
          why,
          overrode === undefined ? undefined : `by force, ${overrode.join(', ')} overridden`,
          error?.message,
        ]
          .filter((text) => text !== undefined)
          .join(': '),
      ]
    }),
  ])
}
