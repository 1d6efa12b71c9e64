import type { ConnectionLimits } from './connection-options.ts'
import type { ReaderPart } from './request/request-reader.ts'

/** What a connection is waiting for its client to do. */
export type Awaited = ReaderPart | 'taking its answers' | 'closing' | 'us'

/** By what the timeouts are divided while memory is tight, so that slow clients do not shut out all others. */
const tightHaste = 10

/** After the last answer a client may send on for this long, so that it reads that answer instead of a reset (RFC 9112, 9.6). */
const lingerMs = 5_000

/** How long a client may take for each part, in ms. */
export function deadlineMs(awaited: Awaited, limits: ConnectionLimits, isTight: boolean): number {
  const haste = isTight ? tightHaste : 1
  switch (awaited) {
    case 'nothing':
      return limits.keepAliveTimeoutMs / haste
    case 'head':
      return limits.headersTimeoutMs / haste
    case 'body':
      return limits.bodyTimeoutMs / haste
    case 'taking its answers':
      return limits.sendTimeoutMs / haste
    case 'closing':
      return lingerMs
    case 'us':
      return Infinity
  }
}
