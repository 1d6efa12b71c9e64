import type { InstanceName } from '../../contracts/index.ts'
import type { Answer, Client } from '../../http/index.ts'
import type { LinkRequest } from '../../ipc/index.ts'
import type { Span } from '../../tracing/index.ts'
import type { Route } from './route-table.ts'

/** A request until it is answered. Times are in ms, of the dispatcher's clock. */
export type Job = {
  readonly request: LinkRequest
  /** Called once, and not after the client has disconnected. */
  readonly done: (answer: Answer) => void
  readonly client: Client
  readonly acceptedMs: number
  /** Since when it is in the queue. */
  queuedMs: number
  /** How many workers it was sent to, and how many of them may still answer. */
  attempts: number
  pendingAttempts: number
  /** It is answered, or its client has disconnected: later answers are dropped. */
  isOver: boolean
  /** Where it has failed: it is not sent to that process again, and to its instance only if there is no other. */
  failedOn: { readonly instance: InstanceName } | undefined
  /** A worker died or stopped responding during this job: it is not sent to the last healthy one. */
  isRisky: boolean
  route: Route | undefined
  /** Undefined if it is not traced. */
  readonly span: Span | undefined
}

/** A request that has just arrived. */
export function createJob(
  request: LinkRequest,
  done: Job['done'],
  client: Client,
  nowMs: number,
  span?: Span,
): Job {
  return {
    request,
    done,
    client,
    acceptedMs: nowMs,
    queuedMs: nowMs,
    attempts: 0,
    pendingAttempts: 0,
    isOver: false,
    failedOn: undefined,
    isRisky: false,
    route: undefined,
    span,
  }
}
