import type { InstanceName } from '../../contracts/index.ts'
import type { Answer, Client } from '../../http/index.ts'
import type { LinkRequest } from '../../ipc/index.ts'
import type { Route } from './route-table.ts'

/** A request until it is answered. Times are in ms, of the dispatcher's clock. */
export type Job = {
  readonly request: LinkRequest
  /** Called once, and not after the client has gone. */
  readonly done: (answer: Answer) => void
  readonly client: Client
  readonly acceptedMs: number
  /** Since when it waits for its turn. */
  queuedMs: number
  /** How many workers it was sent to, and how many of them may still answer. */
  attempts: number
  pendingAttempts: number
  /** It is answered, or its client has gone: whatever else comes is dropped. */
  isOver: boolean
  /** Where it has failed: it is not sent to that process again, and to its instance only if there is no other. */
  failedOn: { readonly instance: InstanceName } | undefined
  /** A worker died or fell silent while it was at work on this: it is not given to the last one that is healthy. */
  isRisky: boolean
  route: Route | undefined
}

/** A request that has just come. */
export function createJob(request: LinkRequest, done: Job['done'], client: Client, nowMs: number): Job {
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
  }
}
