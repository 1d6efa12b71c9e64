import type { BakeReport } from '../../src/contracts/bake.ts'
import type { GateOutcome, GateReport } from '../../src/contracts/gates.ts'

const worstFirst = ['failed', 'overridden', 'passed', 'skipped'] as const

/** What the checks of a step found, by the rule of `src/contracts/step-outcome.ts`: what the worst of them found; undefined if it checks nothing. */
export function outcomeOf({
  gate,
  bake,
}: {
  readonly gate?: GateReport | undefined
  readonly bake?: BakeReport | undefined
}): GateOutcome | undefined {
  if (gate === undefined && bake === undefined) return undefined
  const found = [...(gate === undefined ? [] : [gate]), ...(bake?.checks ?? [])]
  return worstFirst.find((outcome) => found.some((check) => check.outcome === outcome)) ?? 'skipped'
}
