import { setTimeout as sleep } from 'node:timers/promises'

import type { OurStack } from '../stacks/our-stack.ts'
import type { Drill, Fault } from './drill.ts'

/** How long the stack is on its own. */
const aloneMs = 500

/** Kills the supervisor, lets the stack go on alone, and starts another one, which must adopt every process that it finds. */
const superviseAgain: Fault = async ({ stack, signal, find }) => {
  const before = await processesOf(stack)
  await stack.killSupervisor()
  await sleep(aloneMs, undefined, { signal })
  await stack.startSupervisor()
  await stack.untilReady()
  const after = await processesOf(stack)
  const strangers = after.filter((pid) => !before.includes(pid))
  if (strangers.length > 0)
    find(`the new supervisor started ${strangers.length} processes instead of adopting those that lived`)
}

export const supervisor: Drill = {
  name: 'supervisor',
  what: 'kill -9 of the supervisor, then `up` again',
  times: { full: 5, short: 2 },
  fault: superviseAgain,
  needsBoth: false,
}

async function processesOf({ status, workers }: OurStack): Promise<readonly number[]> {
  const gateway = (await status()).gateway.status?.pid
  return [...(await workers()).map(({ pid }) => pid), ...(gateway === undefined ? [] : [gateway])]
}
