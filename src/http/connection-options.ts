import type { Cors } from './answer/cors.ts'
import type { CallerFinder } from './caller/caller-finder.ts'
import type { OnAnswered, OnRequest } from './http-request.ts'
import type { ReaderLimits } from './request/reader-limits.ts'
import type { RequestMemory } from './request-memory.ts'

/** What a client may send, and how long it may take for its part. */
export type ConnectionLimits = ReaderLimits & {
  readonly headersTimeoutMs: number
  readonly bodyTimeoutMs: number
  readonly sendTimeoutMs: number
  readonly keepAliveTimeoutMs: number
}

/** What the connections of a port have in common. */
export type ConnectionOptions = {
  readonly limits: ConnectionLimits
  readonly memory: RequestMemory
  readonly callers: CallerFinder
  /** Undefined if pages of other origins are not allowed to read answers. */
  readonly cors: Cors | undefined
  readonly onRequest: OnRequest
  readonly onAnswered?: OnAnswered | undefined
  /** Whether the port is closing and takes no more requests. */
  readonly isClosing: () => boolean
}
