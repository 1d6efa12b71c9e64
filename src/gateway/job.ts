import type { InstanceName } from '../contracts/index.ts'
import type { Answer, Client } from '../http/index.ts'
import type { LinkRequest } from '../link/index.ts'
import type { Route } from './route-table.ts'

/** Where a job has failed, or is late. */
export type Avoided = {
  readonly connection: { readonly isWell: boolean }
  readonly instance: InstanceName
}

/** A request until it is answered. Times are `performance.now()`. */
export type Job = {
  readonly request: LinkRequest
  /** Called once, and not after the client has gone. */
  readonly done: (answer: Answer) => void
  readonly client: Client
  readonly acceptedMs: number
  /** Since when it waits for its turn. */
  waitsSinceMs: number
  /** How many workers it has been sent to, and how many of them may still answer. */
  tries: number
  holders: number
  /** It is answered, or its client has gone: whatever else comes is dropped. */
  isOver: boolean
  /** Where it has failed: it is not sent to that process again, and to its instance only where there is no other. */
  avoid: Avoided | undefined
  /** A worker died or fell silent while it was at work on this: it is not given to the last one that is well. */
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
    waitsSinceMs: nowMs,
    tries: 0,
    holders: 0,
    isOver: false,
    avoid: undefined,
    isRisky: false,
    route: undefined,
  }
}
