import type { GateReport } from '../../contracts/index.ts'

/** What a gate finds, before anyone has overridden it. */
export type Verdict = Pick<GateReport, 'sentence' | 'figures'> & {
  readonly outcome: 'passed' | 'failed' | 'skipped'
}

/** A verdict that is a failure if there are faults, which then make up its sentence. */
export function judge(faults: readonly string[], passed: string, figures: Verdict['figures']): Verdict {
  return faults.length === 0
    ? { outcome: 'passed', sentence: passed, figures }
    : { outcome: 'failed', sentence: faults.join('; '), figures }
}

/**
 * How many items a list among the figures has at most. Figures go through the supervisor to the person who deploys, and into the store,
 * and some have an item for each label.
 */
export const maxListed = 100

export function skip(why: string): Verdict {
  return { outcome: 'skipped', sentence: why, figures: {} }
}
