import { untilFound } from '../../harness/processes.ts'
import type { Stack } from '../stacks/stack.ts'
import type { Drill, Fault } from './drill.ts'
import { untilWhole } from './drill.ts'

/** Kills one worker, and waits until it is replaced: one instance lives at all times. */
const killOnce: Fault<Stack> = async (scene) => {
  const { stack, random, signal } = scene
  const { pid } = random.pick(await stack.workers())
  process.kill(pid, 'SIGKILL')
  const isGone = async (): Promise<true | undefined> =>
    (await stack.workers().catch(() => [])).some((worker) => worker.pid === pid) ? undefined : true
  await untilFound('the end of the worker that was killed', isGone, signal)
  await untilWhole(scene)
}

export const kill: Drill = {
  name: 'kill',
  what: 'kill -9 of a random worker',
  times: { full: 50, short: 4 },
  fault: killOnce,
  courseFault: killOnce,
  needsBoth: false,
}
