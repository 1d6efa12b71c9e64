import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

import { say } from './report.ts'

const lookMs = 2_000

/** Where others use more of the machine than the rest of this, the figures say little. */
const quietShare = 0.95

/** The share of the machine's processor time that nobody uses just now: what else runs falsifies what is measured. */
export async function measureIdleShare(signal: AbortSignal): Promise<number> {
  const before = countTicks()
  await sleep(lookMs, undefined, { signal })
  const after = countTicks()
  return (after.idle - before.idle) / (after.all - before.all)
}

/** Warns if the machine was not idle. */
export function warnOfNoise(idleShares: readonly number[]): void {
  if (Math.min(...idleShares) < quietShare)
    say(
      `\nwarning: other processes used the machine (idle before and after: ${idleShares.map((share) => `${(share * 100).toFixed(0)} %`).join(', ')}); run again when it is quiet`,
    )
}

function countTicks(): { readonly idle: number; readonly all: number } {
  const times = cpus().map((cpu) => cpu.times)
  const all = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0)
  return { idle: times.reduce((sum, { idle }) => sum + idle, 0), all }
}
