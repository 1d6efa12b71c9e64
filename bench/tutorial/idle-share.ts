import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

const lookMs = 2_000

/** The share of the machine's processor time that nobody uses just now: what else runs falsifies what is measured. */
export async function measureIdleShare(signal: AbortSignal): Promise<number> {
  const before = countTicks()
  await sleep(lookMs, undefined, { signal })
  const after = countTicks()
  return (after.idle - before.idle) / (after.all - before.all)
}

function countTicks(): { readonly idle: number; readonly all: number } {
  const times = cpus().map((cpu) => cpu.times)
  const all = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0)
  return { idle: times.reduce((sum, { idle }) => sum + idle, 0), all }
}
