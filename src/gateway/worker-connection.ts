import { connect } from 'node:net'

import type { WorkerHello } from '../contracts/index.ts'
import { decodeResponse, frameTypes, Link } from '../link/index.ts'
import type { Frame, LinkResponse } from '../link/index.ts'
import { isStopped } from './is-stopped.ts'
import { JobTable } from './job-table.ts'
import type { LiveAttempt } from './job-table.ts'
import type { Job } from './job.ts'

/** A worker that has left so many beats unanswered is taken for hung, until it is heard again. */
const beatsUntilSuspect = 4

export type WorkerAnswer = LinkResponse & { readonly body: Buffer }

/** How a worker failed a job. */
export type Loss = {
  readonly why: 'closed' | 'timeout'
  readonly reason: string
  /** The request never left this process. */
  readonly isUnsent: boolean
  /** Of all that the worker had, this came first: it was at work on it. */
  readonly isOldest: boolean
}

export type ConnectionEvents = {
  /** The worker serves. */
  readonly onHello: (hello: WorkerHello) => void
  /** The answer came `tookMs` after the request was sent to this worker. */
  readonly onAnswer: (job: Job, answer: WorkerAnswer, tookMs: number) => void
  /** The answer is not wanted any more, `tookMs` after the request was sent. */
  readonly onUnwanted: (job: Job, tookMs: number) => void
  /** No answer will come. */
  readonly onLost: (job: Job, loss: Loss, connection: WorkerConnection) => void
  /** The answer is late. It may still come, and is taken where it comes first. `isRisky`: the worker is silent, and at work on it. */
  readonly onLate: (job: Job, late: { readonly isRisky: boolean }, connection: WorkerConnection) => void
  /** It can take requests, for the first time or again. */
  readonly onRoom: () => void
  /** The worker wants no more requests. */
  readonly onLeaving: () => void
  readonly onClosed: () => void
}

/** One connection to one worker process, and the requests that it has. */
export class WorkerConnection {
  readonly #events: ConnectionEvents
  readonly #link: Link
  readonly #jobs = new JobTable()
  #hello: WorkerHello | undefined
  #isLeaving = false
  #isClosed = false
  #unansweredBeats = 0

  constructor(socketPath: string, events: ConnectionEvents) {
    this.#events = events
    this.#link = new Link(connect(socketPath), {
      onFrame: (frame) => this.#handle(frame),
      onClose: (reason) => this.#lose(reason),
    })
  }

  /** Whether the worker serves, wants requests, and is not known to be hung. */
  get isWell(): boolean {
    return this.#hello !== undefined && !this.#isLeaving && !this.#isClosed && !this.#isSuspect
  }

  get inFlight(): number {
    return this.#jobs.size
  }

  /** Whether the worker does not read as fast as it is sent to. */
  get isFull(): boolean {
    return this.#link.isFull
  }

  /** Sends a request, whose answer is late at `lateMs` and given up at `dueMs`. */
  send(job: Job, { sentMs, lateMs, dueMs }: Pick<LiveAttempt, 'sentMs' | 'lateMs' | 'dueMs'>): void {
    job.holders++
    const attempt = this.#jobs.add(job)
    attempt.sentMs = sentMs
    attempt.lateMs = lateMs
    attempt.dueMs = dueMs
    attempt.writes = this.#link.writes
    this.#link.request(attempt.id, job.request)
  }

  /** Asks whether the worker lives, and looks for answers that are late or not wanted any more. Called some times a second. */
  beat(nowMs: number): void {
    if (this.#isClosed) return
    if (this.#hello !== undefined) {
      this.#unansweredBeats++
      if (!this.#link.isFull) this.#link.signal('ping', 0)
    }
    const isSuspect = this.#isSuspect
    // One that somebody has stopped is not silent because of what it is at work on.
    const riskyId = isSuspect && !isStopped(this.#hello?.pid ?? 0) ? this.#oldestId() : undefined
    for (const attempt of this.#jobs) {
      const { id, job, sentMs, lateMs, dueMs } = attempt
      if (job.isOver || job.client.isGone) {
        this.#jobs.delete(id)
        if ((this.#hello?.protocol ?? 0) >= 1) this.#link.signal('cancel', id)
        this.#events.onUnwanted(job, nowMs - sentMs)
      } else if (nowMs >= dueMs) {
        const isOldest = id === (riskyId ?? this.#oldestId())
        this.#jobs.delete(id)
        const reason = `no answer within ${Math.round(nowMs - sentMs)} ms`
        this.#events.onLost(job, { why: 'timeout', reason, isUnsent: false, isOldest }, this)
      } else if ((isSuspect && job.route?.answerTime.isQuick === true) || nowMs >= lateMs) {
        this.#events.onLate(job, { isRisky: id === riskyId }, this)
      }
    }
  }

  close(): void {
    this.#link.end()
  }

  get #isSuspect(): boolean {
    return this.#unansweredBeats >= beatsUntilSuspect
  }

  #handle(frame: Frame): void {
    const wasSuspect = this.#isSuspect
    this.#unansweredBeats = 0
    if (wasSuspect) this.#events.onRoom()
    switch (frame.type) {
      case frameTypes.response:
        this.#answer(frame)
        return
      case frameTypes.hello:
        this.#hello = JSON.parse(frame.payload.toString()) as WorkerHello
        this.#events.onHello(this.#hello)
        this.#events.onRoom()
        return
      case frameTypes.goaway:
        this.#isLeaving = true
        this.#link.signal('goaway', 0)
        this.#events.onLeaving()
        return
      case frameTypes.pong:
        return
      default:
        // Of a later build: what it is for, this end cannot know.
        return
    }
  }

  #answer(frame: Frame): void {
    const attempt = this.#jobs.get(frame.id)
    if (attempt === undefined) return
    const { job, sentMs } = attempt
    const answer = decodeResponse(frame.payload)
    this.#jobs.delete(frame.id)
    this.#events.onAnswer(job, answer, performance.now() - sentMs)
  }

  #lose(reason: string): void {
    this.#isClosed = true
    const oldestId = this.#oldestId()
    const { writes } = this.#link
    const lost = [...this.#jobs].map((attempt) => ({
      job: attempt.job,
      isUnsent: attempt.writes === writes,
      isOldest: attempt.id === oldestId,
    }))
    this.#jobs.clear()
    this.#events.onClosed()
    for (const { job, ...how } of lost) this.#events.onLost(job, { why: 'closed', reason, ...how }, this)
  }

  #oldestId(): number | undefined {
    let oldest: LiveAttempt | undefined
    for (const attempt of this.#jobs)
      if (
        oldest === undefined ||
        attempt.sentMs < oldest.sentMs ||
        (attempt.sentMs === oldest.sentMs && attempt.id < oldest.id)
      )
        oldest = attempt
    return oldest?.id
  }
}
