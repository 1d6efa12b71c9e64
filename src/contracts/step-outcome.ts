import type { BakeReport } from './bake.ts'
import type { GateOutcome, GateReport } from './gates.ts'

const worstFirst = ['failed', 'overridden', 'passed', 'skipped'] as const

/** What the checks of a step found, which is what the worst of them found; undefined if the step checks nothing. */
export function outcomeOf({
  gate,
  bake,
}: {
  readonly gate?: Pick<GateReport, 'outcome'> | undefined
  readonly bake?: Pick<BakeReport, 'checks'> | undefined
}): GateOutcome | undefined {
  if (gate === undefined && bake === undefined) return undefined
  const found = [...(gate === undefined ? [] : [gate]), ...(bake?.checks ?? [])]
  return worstFirst.find((outcome) => found.some((check) => check.outcome === outcome)) ?? 'skipped'
}
