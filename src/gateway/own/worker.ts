import type { InstanceName, WorkerHello } from '../../contracts/index.ts'
import type { LinkResponse } from '../../ipc/index.ts'
import type { Job } from './job.ts'

/** When an attempt began, when its answer is late for its route, and when it is given up. */
export type AttemptTimes = { readonly sentMs: number; readonly lateMs: number; readonly dueMs: number }

/** A process of an instance, as the gateway sees it. */
export type Worker = {
  readonly instance: InstanceName
  /** It serves, wants requests, and is not known to hang. */
  readonly isHealthy: boolean
  readonly inFlight: number
  /** It does not read as fast as it is sent to. */
  readonly isFull: boolean
  readonly send: (job: Job, times: AttemptTimes) => void
  /** Asks whether it lives, and looks for answers that are late or not wanted any more. To be called a few times a second. */
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
  /** Of all that the worker had, this came first: it was at work on it. */
  readonly isOldest: boolean
}

/** What becomes of attempts. The dispatcher listens; whatever is between it and a worker passes this on as it is. */
export type AttemptEvents = {
  readonly onAnswer: (job: Job, answer: WorkerAnswer, worker: Worker, tookMs: number) => void
  /** Nobody wants the answer any more, `tookMs` after the request was sent. */
  readonly onUnwanted: (job: Job, tookMs: number) => void
  /** No answer will come. */
  readonly onFailed: (job: Job, failure: AttemptFailure, worker: Worker) => void
  /** The answer is late, but is taken if it comes first. `isRisky`: the worker is silent, and at work on it. */
  readonly onLate: (job: Job, late: { readonly isRisky: boolean }, worker: Worker) => void
  /** The worker serves. */
  readonly onHello: (hello: WorkerHello) => void
  /** The worker can take requests, for the first time or again. */
  readonly onReady: () => void
}

/** What becomes of the connection itself. */
export type ConnectionEvents = {
  /** The worker wants no more requests. */
  readonly onLeaving: () => void
  readonly onClosed: () => void
}
