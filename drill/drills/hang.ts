import { setTimeout as sleep } from 'node:timers/promises'

import type { Stack } from '../stacks/stack.ts'
import type { Drill, Fault } from './drill.ts'
import { untilWhole } from './drill.ts'

const hangMs = { full: 5_000, short: 2_000 } as const

/** A front door that must wait before it asks the other instance gets its time, and this much more. */
const beyondTimeoutMs = 1_000

/** Stops one worker, lets it go on, and waits until it serves again, or the one that took its place. */
const hangOnce: Fault<Stack> = async (scene) => {
  const { stack, random, isShort, signal } = scene
  const { pid } = random.pick(await stack.workers())
  const wantedMs = isShort ? hangMs.short : hangMs.full
  process.kill(pid, 'SIGSTOP')
  try {
    const seenMs = (stack.answerTimeoutMs ?? 0) + beyondTimeoutMs
    await sleep(Math.max(wantedMs, seenMs), undefined, { signal })
  } finally {
    goOn(pid)
  }
  await untilWhole(scene)
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
