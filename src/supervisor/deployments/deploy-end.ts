import type { DeployEvent, HistoryEntry, Log, Overridable } from '../../contracts/index.ts'
import { defined, formatModelVersion, toErrorReport } from '../../contracts/index.ts'
import { describeUncompared, listComparisons } from '../../gates/judge/index.ts'
import type { Findings } from '../../rollout/index.ts'

export type DeployEnd = Extract<DeployEvent, { type: 'end' }>

/** The last event of a deploy, by its line of the history and what its gates and its bake found. */
export function describeEnd(
  { action, model, version, from, error, overrode = [] }: HistoryEntry,
  { gates, bake }: Findings,
  durationMs: number,
): DeployEnd {
  if (error !== undefined) return { type: 'end', ok: false, error, durationMs }
  const isCompared = action === 'deploy' && from !== version && bake !== undefined
  const comparisons = isCompared ? listComparisons(gates, bake.checks) : undefined
  return {
    type: 'end',
    ok: true,
    version: { model, version },
    durationMs,
    overrode,
    ...defined({ comparisons }),
  }
}

/** The last event of a deploy that was refused, or did not come to its line of the history. */
export function describeRefusal(error: unknown, durationMs: number): DeployEnd {
  return { type: 'end', ok: false, error: toErrorReport(error), durationMs }
}

export function logEnd(end: DeployEnd, log: Log): void {
  if (!end.ok) {
    log('error', `deploy failed: ${end.error.message}`)
    return
  }
  const { version, overrode = [], comparisons } = end
  const uncompared = comparisons && describeUncompared(comparisons)
  log(
    uncompared === undefined ? 'info' : 'warning',
    `${formatModelVersion(version)} serves${describeOverride(overrode)}${uncompared === undefined ? '' : `; ${uncompared}`}`,
  )
}

function describeOverride(overrode: readonly Overridable[]): string {
  return overrode.length === 0 ? '' : `, by force: ${overrode.join(', ')} overridden`
}
