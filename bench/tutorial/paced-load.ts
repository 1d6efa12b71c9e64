import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

import type { UpdateSpan } from '../../harness/stacks/running-stack.ts'
import { percentile } from '../../harness/statistics.ts'

export type PacedLoad = {
  readonly url: string
  readonly body: string
  /** Any other answer is a failure. */
  readonly expected: string
  readonly perSecond: number
  readonly seconds: number
  readonly signal: AbortSignal
}

export type Sample = { readonly sentMs: number; readonly tookMs: number; readonly failed: boolean }

export type PacedFigures = {
  readonly requests: number
  readonly failed: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

const maxSockets = 64
const answerTimeoutMs = 5_000

/** Sends at a steady rate whatever the answers do, so that a stall is felt by every request that falls into it. */
export async function sendPaced(load: PacedLoad): Promise<readonly Sample[]> {
  const agent = new Agent({ keepAlive: true, maxSockets })
  const begunMs = performance.now()
  const answers: Promise<Sample>[] = []
  try {
    for (let i = 0; i < load.perSecond * load.seconds; i++) {
      const waitMs = begunMs + (i * 1_000) / load.perSecond - performance.now()
      if (waitMs > 0) await sleep(waitMs, undefined, { signal: load.signal })
      answers.push(sendOne(load, agent))
    }
    return await Promise.all(answers)
  } finally {
    agent.destroy()
  }
}

/** The figures of the samples that were sent within any of the spans. */
export function figuresWithin(samples: readonly Sample[], spans: readonly UpdateSpan[]): PacedFigures {
  return figuresOf(
    samples.filter(({ sentMs }) =>
      spans.some(({ begunMs, endedMs }) => begunMs <= sentMs && sentMs <= endedMs),
    ),
  )
}

export function figuresOf(samples: readonly Sample[]): PacedFigures {
  const times = samples.map(({ tookMs }) => tookMs)
  return {
    requests: samples.length,
    failed: samples.filter(({ failed }) => failed).length,
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
    maxMs: percentile(times, 1),
  }
}

function sendOne({ url, body, expected }: PacedLoad, agent: Agent): Promise<Sample> {
  const sentMs = performance.now()
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  return new Promise((resolve) => {
    const settle = (failed: boolean): void => resolve({ sentMs, tookMs: performance.now() - sentMs, failed })
    const outgoing = request(url, { method: 'POST', agent, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('end', () => settle(response.statusCode !== 200 || text !== expected))
      response.on('error', () => settle(true))
    })
    outgoing.setTimeout(answerTimeoutMs, () => outgoing.destroy(new Error('no answer in time')))
    outgoing.on('error', () => settle(true))
    outgoing.end(body)
  })
}
