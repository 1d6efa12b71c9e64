import type { GateReport } from '../../contracts/index.ts'

/** What a gate finds, before anyone has overridden it. */
export type Verdict = Pick<GateReport, 'sentence' | 'figures'> & {
  readonly outcome: 'passed' | 'failed' | 'skipped'
}

/** A verdict that is a failure where there are faults, which are then what it says. */
export function judge(faults: readonly string[], passed: string, figures: Verdict['figures']): Verdict {
  return faults.length === 0
    ? { outcome: 'passed', sentence: passed, figures }
    : { outcome: 'failed', sentence: faults.join('; '), figures }
}

export function skip(why: string): Verdict {
  return { outcome: 'skipped', sentence: why, figures: {} }
}
