import type { InstanceName } from '../contracts/index.ts'
import type { Answer } from '../http/index.ts'
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
  /** Called once. */
  readonly done: (answer: Answer) => void
  readonly acceptedMs: number
  /** Whether no caller waits for the answer. */
  readonly isRehearsal: boolean
  /** Since when it waits for its turn. */
  waitsSinceMs: number
  /** How many workers it has been sent to, and how many of them may still answer. */
  tries: number
  holders: number
  isAnswered: boolean
  /** Where it has failed: it is not sent to that process again, and to its instance only where there is no other. */
  avoid: Avoided | undefined
  route: Route | undefined
  sentMs: number
  /** When its answer is late for its route, and when it is given up. */
  lateMs: number
  dueMs: number
}

/** A request that has just come. */
export function createJob(request: LinkRequest, done: Job['done'], nowMs: number): Job {
  return {
    request,
    done,
    acceptedMs: nowMs,
    isRehearsal: false,
    waitsSinceMs: nowMs,
    tries: 0,
    holders: 0,
    isAnswered: false,
    avoid: undefined,
    route: undefined,
    sentMs: 0,
    lateMs: 0,
    dueMs: 0,
  }
}
