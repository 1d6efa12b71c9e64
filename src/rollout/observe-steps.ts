import { performance } from 'node:perf_hooks'

import type { BakeReport, DeployEvent, GateReport, Overridable } from '../contracts/index.ts'

/** What the gates and the bake of a deploy have found until now. */
export type Findings = {
  readonly gates: readonly GateReport[]
  readonly bake: BakeReport | undefined
  /** What failed, and was overridden by force. */
  readonly overrode: readonly Overridable[]
}

/** Listens to the events of a deploy, and keeps what its gates and its bake have found. */
export function collectFindings(): {
  readonly listen: (event: DeployEvent) => void
  readonly found: () => Findings
} {
  const gates: GateReport[] = []
  let bake: BakeReport | undefined
  return {
    listen: (event) => {
      if ('gate' in event) gates.push(event.gate)
      if ('bake' in event) bake = event.bake
    },
    found: () => ({
      gates,
      bake,
      overrode: [
        ...gates.filter(({ outcome }) => outcome === 'overridden').map(({ gate }) => gate),
        ...(bake?.checks.some(({ outcome }) => outcome === 'overridden') ? (['bake'] as const) : []),
      ],
    }),
  }
}

/** Reports waiting for what is under way as a step. */
export function observeWaiting(emit: (event: DeployEvent) => void): {
  readonly begin: (what: string) => void
  readonly end: () => void
} {
  let waiting: { readonly step: string; readonly sinceMs: number } | undefined
  return {
    begin: (what) => {
      waiting = { step: `wait for ${what}`, sinceMs: performance.now() }
      emit({ type: 'step', step: waiting.step, state: 'started' })
    },
    end: () => {
      if (waiting === undefined) return
      const { step, sinceMs } = waiting
      emit({ type: 'step', step, state: 'done', durationMs: performance.now() - sinceMs, detail: undefined })
    },
  }
}
