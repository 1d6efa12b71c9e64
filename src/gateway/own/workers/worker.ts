import type { InstanceName, WorkerHello } from '../../../contracts/index.ts'
import type { LinkResponse } from '../../../ipc/index.ts'
import type { Job } from '../job.ts'

/** When an attempt began, when its answer is late for its route, and when it times out. */
export type AttemptTimes = { readonly sentMs: number; readonly lateMs: number; readonly dueMs: number }

/** A process of an instance, on the gateway's side. */
export type Worker = {
  readonly instance: InstanceName
  /** It serves, takes requests, and does not hang. */
  readonly isHealthy: boolean
  readonly inFlight: number
  /** It reads more slowly than it is sent to. */
  readonly isFull: boolean
  readonly send: (job: Job, times: AttemptTimes) => void
  /** Sends a heartbeat, and looks for answers that are late or no longer needed. To be called a few times a second. */
  readonly check: (nowMs: number) => void
  readonly close: () => void
}

export type WorkerAnswer = LinkResponse & { readonly body: Buffer }

/** How a worker failed a job. */
export type AttemptFailure = {
  readonly why: 'closed' | 'timeout'
  readonly reason: string
  /** The request never left this process. */
  readonly isUnsent: boolean
  /** It was the worker's oldest attempt, the one in progress. */
  readonly isOldest: boolean
}

/** The events of attempts, for the dispatcher; everything between it and a worker passes them on. */
export type AttemptEvents = {
  readonly onAnswer: (job: Job, answer: WorkerAnswer, worker: Worker, tookMs: number) => void
  /** The answer is no longer needed, `tookMs` after the request was sent. */
  readonly onUnwanted: (job: Job, tookMs: number) => void
  /** No answer will come. */
  readonly onFailed: (job: Job, failure: AttemptFailure, worker: Worker) => void
  /** The answer is late, but is taken if it comes first. `isRisky`: the worker does not respond, and this attempt is in progress. */
  readonly onLate: (job: Job, late: { readonly isRisky: boolean }, worker: Worker) => void
  /** The worker serves. */
  readonly onHello: (hello: WorkerHello) => void
  /** The worker can take requests, for the first time or again. */
  readonly onReady: () => void
}

/** The events of the connection itself. */
export type ConnectionEvents = {
  /** The worker takes no more requests. */
  readonly onLeaving: () => void
  readonly onClosed: () => void
}
