import { setTimeout as sleep } from 'node:timers/promises'

import type { Stack } from '../stacks/stack.ts'
import type { Drill, Fault } from './drill.ts'

const hangMs = { full: 5_000, short: 2_000 } as const

/** Stops one worker, lets it go on, and waits until it serves again, or the one that took its place. */
const hangOnce: Fault<Stack> = async ({ stack, random, isShort, signal }) => {
  const { pid } = random.pick(await stack.workers())
  process.kill(pid, 'SIGSTOP')
  try {
    await sleep(isShort ? hangMs.short : hangMs.full, undefined, { signal })
  } finally {
    goOn(pid)
  }
  await stack.untilReady()
}

export const hang: Drill = {
  name: 'hang',
  what: 'SIGSTOP of a random worker',
  times: { full: 10, short: 2 },
  fault: hangOnce,
  courseFault: hangOnce,
  needsBoth: false,
}

function goOn(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT')
  } catch {
    // It was replaced in the meantime.
  }
}
