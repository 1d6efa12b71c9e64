import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Exchange, History } from '../judge/index.ts'
import { beginExchange } from '../judge/index.ts'
import type { Random } from '../random.ts'
import type { Address } from './connection.ts'
import { Connection } from './connection.ts'
import type { LoadRequest } from './requests.ts'

/** A request under its id, as bytes. */
export type Message = { readonly exchange: Exchange; readonly head: Buffer; readonly body: Buffer }

/** What the clients of one load share. */
export type Traffic = {
  readonly random: Random
  readonly isStopped: () => boolean
  /** Waits; not beyond the load's end. */
  readonly pause: (ms: number) => Promise<void>
  readonly connect: () => Connection
  /** The next request, noted in the history. `isLast`: the connection is to be closed after its answer. */
  readonly begin: (client: string, options?: { readonly isLast?: boolean }) => Message
}

export type TrafficOptions = {
  readonly address: Address
  readonly requests: readonly LoadRequest[]
  readonly history: History
  readonly random: Random
  /** Which request is sent next, by its number; by default a random one. */
  readonly choose?: () => number
  /** An answer later than this is none. */
  readonly answerTimeoutMs: number
  readonly maxRequests: number
  readonly stop: AbortController
}

export function createTraffic(options: TrafficOptions): Traffic {
  const { address, requests, history, random, answerTimeoutMs, maxRequests, stop } = options
  const choose = options.choose ?? (() => random.below(requests.length))
  setMaxListeners(0, stop.signal)
  return {
    random,
    isStopped: () => stop.signal.aborted,
    pause: async (ms) => {
      await sleep(ms, undefined, { signal: stop.signal }).catch(() => undefined)
    },
    connect: () => new Connection(address, answerTimeoutMs),
    begin: (client, { isLast = false } = {}) => {
      const number = choose()
      const request = requests[number]
      if (request === undefined) throw new Error('the load has no requests')
      const exchange = beginExchange(history, { client, request: number, nowMs: performance.now() })
      if (history.exchanges.length >= maxRequests) stop.abort()
      return { exchange, ...encode(request, address, { id: exchange.id, isLast }) }
    },
  }
}

function encode(
  { method, path, body }: LoadRequest,
  { host, port }: Address,
  { id, isLast }: { readonly id: number; readonly isLast: boolean },
): { readonly head: Buffer; readonly body: Buffer } {
  const bytes = Buffer.from(body)
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `host: ${host}:${port}`,
    `x-request-id: drill-${id}`,
    ...(bytes.length === 0 && method === 'GET'
      ? []
      : ['content-type: application/json', `content-length: ${bytes.length}`]),
    ...(isLast ? ['connection: close'] : []),
  ]
  return { head: Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body: bytes }
}
