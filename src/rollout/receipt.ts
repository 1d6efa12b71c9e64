import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

import type { BakeReport, DeployEvent, GatewayMeasurement, Receipt } from '../contracts/index.ts'
import { defined, outcomeOf } from '../contracts/index.ts'

export type ReceiptOptions = {
  readonly measure: () => Promise<GatewayMeasurement>
  /** The live processes of the stack. */
  readonly pids: () => readonly number[]
  /** How long the time after the rollout is measured. */
  readonly afterMs: number
  readonly signal: AbortSignal
}

export type ReceiptInProgress = {
  /** Notes a step that has ended. */
  readonly note: (event: DeployEvent) => void
  /** The rollout itself is over; resolves some time after it. */
  readonly finish: () => Promise<Receipt>
}

/** Begins to measure what a rollout costs the callers; the gateway remembers the time before it. */
export async function beginReceipt(options: ReceiptOptions): Promise<ReceiptInProgress> {
  const { pids, afterMs, signal } = options
  const measure = (): Promise<GatewayMeasurement | undefined> => options.measure().catch(() => undefined)
  const before = (await measure())?.recent ?? null
  const memoryBefore = memoryOf(pids())
  const steps: Receipt['steps'][number][] = []
  let bake: BakeReport | undefined
  return {
    note: (event) => {
      if (event.type !== 'step' || event.state === 'started') return
      const { step, state, durationMs } = event
      steps.push({ step, state, durationMs, ...defined({ outcome: outcomeOf(event) }) })
      bake = event.bake ?? bake
    },
    finish: async () => {
      const during = (await measure())?.window ?? null
      await sleep(afterMs, undefined, { signal }).catch(() => undefined)
      const after = (await measure())?.window ?? null
      return {
        before,
        during,
        after,
        ...defined({ bake }),
        memoryBytes: { before: memoryBefore, after: memoryOf(pids()) },
        steps,
      }
    },
  }
}

/** The proportional set size of processes in bytes: what several share is counted once. One that has just ended counts as 0. */
function memoryOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + proportionalSetSize(pid), 0)
}

function proportionalSetSize(pid: number): number {
  try {
    const kibibytes = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1]
    return Number(kibibytes ?? 0) * 1_024
  } catch {
    return 0
  }
}
