import { setTimeout as sleep } from 'node:timers/promises'

import type { HotUpdate, RunningStack, UpdateSpan } from '../../harness/stacks/running-stack.ts'
import { wholeUpdate } from '../../harness/stacks/running-stack.ts'
import type { PacedFigures, Sample } from './paced-load.ts'
import { figuresOf, figuresWithin, sendPaced } from './paced-load.ts'
import type { LoadFigures } from './wrk.ts'
import { sendAll } from './wrk.ts'

export const settings = {
  /** wrk's keep-alive connections; the first is the one that the ratios are about. */
  connections: 8,
  manyConnections: 32,
  rounds: 5,
  roundSeconds: 3,
  warmSeconds: 2,
  /** The window of every measurement around a hot update; both stacks' updates fit in. */
  windowSeconds: 24,
  updateAfterMs: 1_000,
  /** A third of what the course’s stack carries on two cores: it must not be overloaded by the update alone. */
  pacedPerSecond: 200,
  kills: 5,
  killEveryMs: 4_000,
} as const

const route = '/v1/is_name_question/'

/** What is sent to both stacks. */
export type Traffic = {
  readonly script: string
  readonly body: string
  readonly expected: string
  readonly signal: AbortSignal
}

export type ThroughputRound = {
  readonly direct: LoadFigures
  readonly gateway: LoadFigures
  readonly gatewayMany: LoadFigures
  /** The very figures of `gateway` where nginx is the front door. */
  readonly nginx: LoadFigures
}

export type SaturatedUpdate = {
  readonly undisturbed: LoadFigures
  readonly update: LoadFigures
  readonly updateMs: number
  readonly fitsWindow: boolean
  readonly steps: readonly StepFigures[]
}

export type PacedUpdate = {
  readonly undisturbed: PacedFigures
  /** The window as a whole, the update alone, and of that what touches the processes that serve. */
  readonly window: PacedFigures
  readonly update: PacedFigures
  readonly rollout: PacedFigures
  readonly updateMs: number
  readonly rolloutMs: number
  readonly fitsWindow: boolean
  readonly steps: readonly StepFigures[]
}

export type StepFigures = { readonly name: string; readonly durationMs: number }

/** Throws where a stack does not give the answer that is expected: it would be compared for nothing. */
export async function checkAnswer(stack: RunningStack, { body, expected, signal }: Traffic): Promise<void> {
  for (const address of addressesOf(stack)) {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(address + route, { method: 'POST', headers, body, signal })
    const answer = await response.text()
    if (response.status !== 200 || answer !== expected)
      throw new Error(`${stack.name} answers ${response.status} “${answer}” where 200 “${expected}” is right`)
  }
}

export async function warmUp(stack: RunningStack, traffic: Traffic): Promise<void> {
  for (const address of addressesOf(stack))
    await saturate(address, settings.connections, settings.warmSeconds, traffic)
}

export async function measureThroughput(stack: RunningStack, traffic: Traffic): Promise<ThroughputRound> {
  const measure = (address: string, connections: number): Promise<LoadFigures> =>
    saturate(address, connections, settings.roundSeconds, traffic)
  const direct = await measure(stack.direct, settings.connections)
  const gateway = await measure(stack.gateway, settings.connections)
  const gatewayMany = await measure(stack.gateway, settings.manyConnections)
  const nginx = stack.nginx === stack.gateway ? gateway : await measure(stack.nginx, settings.connections)
  return { direct, gateway, gatewayMany, nginx }
}

function addressesOf({ direct, gateway, nginx }: RunningStack): ReadonlySet<string> {
  return new Set([direct, gateway, nginx])
}

/** The same window of the same saturating load, once left alone and once with a hot update in it. */
export async function measureSaturatedUpdate(
  stack: RunningStack,
  modelFile: string,
  traffic: Traffic,
): Promise<SaturatedUpdate> {
  const load = (): Promise<LoadFigures> =>
    saturate(stack.gateway, settings.connections, settings.windowSeconds, traffic)
  const undisturbed = await load()
  const endMs = windowEndMs()
  const [update, hotUpdate] = await Promise.all([load(), updateSoon(stack, modelFile, traffic)])
  return { undisturbed, update, ...describeUpdate(hotUpdate, endMs) }
}

/** The same at a steady rate that is the same for both stacks. */
export async function measurePacedUpdate(
  stack: RunningStack,
  modelFile: string,
  traffic: Traffic,
): Promise<PacedUpdate> {
  const load = (): Promise<readonly Sample[]> =>
    sendPaced({
      url: stack.gateway + route,
      ...traffic,
      perSecond: settings.pacedPerSecond,
      seconds: settings.windowSeconds,
    })
  const undisturbed = await load()
  const endMs = windowEndMs()
  const [samples, hotUpdate] = await Promise.all([load(), updateSoon(stack, modelFile, traffic)])
  return {
    undisturbed: figuresOf(undisturbed),
    window: figuresOf(samples),
    update: figuresWithin(samples, [wholeUpdate(hotUpdate)]),
    rollout: figuresWithin(samples, hotUpdate.rollout),
    rolloutMs: totalMs(hotUpdate.rollout),
    ...describeUpdate(hotUpdate, endMs),
  }
}

/** The primary's worker is killed again and again under a saturating load. */
export async function measureKills(stack: RunningStack, traffic: Traffic): Promise<LoadFigures> {
  const seconds = (settings.kills * settings.killEveryMs) / 1_000 + 2
  const killAll = async (): Promise<void> => {
    for (let i = 0; i < settings.kills; i++) {
      await sleep(settings.killEveryMs, undefined, { signal: traffic.signal })
      await stack.killPrimaryWorker()
    }
  }
  const [figures] = await Promise.all([
    saturate(stack.gateway, settings.connections, seconds, traffic),
    killAll(),
  ])
  return figures
}

function saturate(
  address: string,
  connections: number,
  seconds: number,
  { script, signal }: Traffic,
): Promise<LoadFigures> {
  return sendAll({ url: address + route, connections, seconds, script, signal })
}

async function updateSoon(stack: RunningStack, modelFile: string, { signal }: Traffic): Promise<HotUpdate> {
  await sleep(settings.updateAfterMs, undefined, { signal })
  return stack.update(modelFile)
}

function windowEndMs(): number {
  return performance.now() + settings.windowSeconds * 1_000
}

function describeUpdate(
  update: HotUpdate,
  windowEnd: number,
): Pick<SaturatedUpdate, 'updateMs' | 'fitsWindow' | 'steps'> {
  const whole = wholeUpdate(update)
  return {
    updateMs: durationMs(whole),
    fitsWindow: whole.endedMs <= windowEnd,
    steps: [...update.beside, ...update.rollout].map((span) => ({
      name: span.name,
      durationMs: durationMs(span),
    })),
  }
}

function totalMs(spans: readonly UpdateSpan[]): number {
  return spans.reduce((total, span) => total + durationMs(span), 0)
}

function durationMs({ begunMs, endedMs }: UpdateSpan): number {
  return endedMs - begunMs
}
