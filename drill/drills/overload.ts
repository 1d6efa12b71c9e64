import { fileURLToPath } from 'node:url'

import { judge } from '../../harness/judge/index.ts'
import { emptyPlan } from '../../harness/load/index.ts'
import type { Drill, Fault, Scene } from './drill.ts'
import { addLoad } from './drill.ts'

/** As many as keep one instance busy without a queue worth the name. */
const busyClients = 16

const measureMs = { full: 8_000, short: 3_000 } as const
const factor = 4
const minShare = 0.8

/** More connections than this are not opened, however late answers are. */
const maxOpen = 2_000

/** Measures what the stack can do, then sends four times as much. */
const overloadOnce: Fault = async (scene) => {
  const { isShort, say, find, overloads } = scene
  const forMs = isShort ? measureMs.short : measureMs.full
  const begunMs = performance.now()
  await addLoad(scene, { ...emptyPlan, keepAlive: { clients: busyClients, everyMs: 0 } }, forMs)
  const capacity = countWithin(scene, begunMs, forMs)

  const overloadedMs = performance.now()
  overloads.push({ fromMs: overloadedMs, toMs: Infinity })
  const perSecond = capacity.rightPerSecond * factor
  await addLoad(scene, { ...emptyPlan, crowd: { perSecond, maxOpen } }, forMs)
  const overload = countWithin(scene, overloadedMs, forMs)
  overloads.splice(-1, 1, { fromMs: overloadedMs, toMs: performance.now() })

  const share = overload.rightPerSecond / capacity.rightPerSecond
  const text = `${overload.rightPerSecond.toFixed(0)} right answers a second with ${overload.sentPerSecond.toFixed(0)} requests a second, after ${capacity.rightPerSecond.toFixed(0)} at capacity: ${(share * 100).toFixed(0)} %`
  say(text)
  if (!(share >= minShare)) find(`${text}; at least ${minShare * 100} % is promised`)
}

export const overload: Drill = {
  name: 'overload',
  what: 'four times as many requests as it can serve',
  times: { full: 3, short: 1 },
  fault: overloadOnce,
  needsBoth: false,
  exampleService: fileURLToPath(new URL('../stacks/slow-service.ts', import.meta.url)),
  isOfGateway: true,
}

/** What was sent, and answered rightly, in a stretch of time, by whichever clients. */
function countWithin(
  { history, rules }: Pick<Scene, 'history' | 'rules'>,
  fromMs: number,
  forMs: number,
): { readonly sentPerSecond: number; readonly rightPerSecond: number } {
  const isWithin = (atMs: number): boolean => fromMs <= atMs && atMs < fromMs + forMs
  const sent = history.exchanges.filter(({ sentMs }) => isWithin(sentMs))
  const right = history.exchanges.filter(
    (exchange) => isWithin(exchange.answers[0]?.atMs ?? -1) && judge(exchange, rules).outcome === 'right',
  )
  return {
    sentPerSecond: (sent.length / forMs) * 1_000,
    rightPerSecond: (right.length / forMs) * 1_000,
  }
}
