import type { History } from '../judge/index.ts'
import type { Random } from '../random.ts'
import type { Idle } from './clients.ts'
import {
  crowdClients,
  freshClients,
  idleClient,
  keepAliveClient,
  pipeliningClient,
  slowUploadClient,
} from './clients.ts'
import type { Address } from './connection.ts'
import type { LoadRequest } from './requests.ts'
import { createTraffic } from './traffic.ts'

/** Which clients a load has, and how fast they are. */
export type LoadPlan = {
  readonly fresh: { readonly everyMs: number; readonly maxOpen: number }
  readonly crowd?: { readonly perSecond: number; readonly maxOpen: number }
  readonly keepAlive: { readonly clients: number; readonly everyMs: number }
  readonly idle: readonly Idle[]
  readonly slowUpload: { readonly clients: number; readonly pieces: number; readonly pieceMs: number }
  readonly pipelining: { readonly clients: number; readonly depth: number; readonly everyMs: number }
  /** An answer later than this is none. */
  readonly answerTimeoutMs: number
  /** The load ends after this many requests, or this long. */
  readonly maxRequests: number
  readonly maxDurationMs: number
}

/**
 * Some 280 requests a second: of every kind of client, and idle for about as long as each time-out on their way (the linger
 * of a port that drains, the silence after which a worker counts as hung, the time that an idle connection is kept). Never
 * for exactly as long: who sends at the moment of the closing may be lost, and has been told when that is.
 */
const steadyPlan: LoadPlan = {
  fresh: { everyMs: 10, maxOpen: 500 },
  keepAlive: { clients: 16, everyMs: 160 },
  idle: [250, 350, 950, 1_050, 2_000]
    .map((ms): Idle => ({ ms }))
    .concat({ fromTimeoutMs: -250 }, { fromTimeoutMs: 250 }),
  slowUpload: { clients: 6, pieces: 4, pieceMs: 150 },
  pipelining: { clients: 4, depth: 4, everyMs: 250 },
  answerTimeoutMs: 15_000,
  maxRequests: 1_000_000,
  maxDurationMs: 3_600_000,
}

/** What the steady plan sends in a second, about. */
const steadyPerSecond = 280

/** The share of what one worker can do that a load uses at most, so that its undisturbed figures are those of a calm service. */
const calmShare = 0.4

/** The steady plan, slowed where a service takes so long for a request that it would be too much. */
export function calmPlan(answerMs: number): LoadPlan {
  const factor = Math.max(1, (steadyPerSecond * answerMs) / 1_000 / calmShare)
  const { fresh, keepAlive, slowUpload, pipelining } = steadyPlan
  return {
    ...steadyPlan,
    fresh: { ...fresh, everyMs: fresh.everyMs * factor },
    keepAlive: { ...keepAlive, everyMs: keepAlive.everyMs * factor },
    slowUpload: { ...slowUpload, pieceMs: slowUpload.pieceMs * factor },
    pipelining: { ...pipelining, everyMs: pipelining.everyMs * factor },
  }
}

/** No clients at all, to add some to. */
export const emptyPlan: LoadPlan = {
  ...steadyPlan,
  fresh: { everyMs: steadyPlan.fresh.everyMs, maxOpen: 0 },
  keepAlive: { clients: 0, everyMs: 0 },
  idle: [],
  slowUpload: { ...steadyPlan.slowUpload, clients: 0 },
  pipelining: { ...steadyPlan.pipelining, clients: 0 },
}

export type Load = {
  /** Whether it has neither been stopped nor reached one of its limits. */
  readonly isRunning: () => boolean
  /** Resolves when the load has reached one of its limits and everything has ended. */
  readonly ended: Promise<void>
  /** Begins no more, and resolves when everything that was sent has ended. */
  readonly stop: () => Promise<void>
}

export type LoadOptions = {
  readonly address: Address
  readonly requests: readonly LoadRequest[]
  readonly history: History
  readonly random: Random
  readonly plan: LoadPlan
}

/** Starts all clients of a plan. */
export function startLoad({ plan, ...options }: LoadOptions): Load {
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), plan.maxDurationMs)
  const traffic = createTraffic({ ...options, ...plan, stop })
  const { fresh, crowd, keepAlive, idle, slowUpload, pipelining } = plan
  const ended = Promise.all([
    freshClients(traffic, fresh.everyMs, fresh.maxOpen),
    ...(crowd === undefined ? [] : [crowdClients(traffic, crowd.perSecond, crowd.maxOpen)]),
    ...repeat(keepAlive.clients, () => keepAliveClient(traffic, keepAlive.everyMs)),
    ...idle.map((span) => idleClient(traffic, span)),
    ...repeat(slowUpload.clients, () => slowUploadClient(traffic, slowUpload.pieces, slowUpload.pieceMs)),
    ...repeat(pipelining.clients, () => pipeliningClient(traffic, pipelining.depth, pipelining.everyMs)),
  ]).then(() => clearTimeout(timer))
  return {
    isRunning: () => !stop.signal.aborted,
    ended,
    stop: () => {
      stop.abort()
      return ended
    },
  }
}

function repeat<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make)
}
