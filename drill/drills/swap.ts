import { setTimeout as sleep } from 'node:timers/promises'

import type { Stack } from '../stacks/stack.ts'
import type { Drill, DrillVersion, Fault, Scene } from './drill.ts'

/** In this time after each rollout every answer must be the new version's. */
const steadyMs = 150

const swapOnce: Fault<Stack> = async (scene) => {
  const { stack, timeline, signal } = scene
  const next = nextVersion(scene)
  timeline.begin(next.name, performance.now())
  await stack.deploy(next)
  timeline.end(next.name, performance.now())
  await sleep(steadyMs, undefined, { signal })
}

export const swap: Drill = {
  name: 'swap',
  what: 'deploys back and forth',
  times: { full: 100, short: 4 },
  fault: swapOnce,
  courseFault: swapOnce,
  needsBoth: true,
}

/** The version that does not serve. */
export function nextVersion({ versions, timeline }: Pick<Scene, 'versions' | 'timeline'>): DrillVersion {
  const next = versions.find(({ name }) => name !== timeline.version)
  if (next === undefined) throw new Error('there is no second version to deploy')
  return next
}
