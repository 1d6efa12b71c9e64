import { connect } from 'node:net'

import type { WorkerHello } from '../contracts/index.ts'
import { decodeResponse, frameTypes, Link } from '../link/index.ts'
import type { Frame, LinkResponse } from '../link/index.ts'
import { JobTable } from './job-table.ts'
import type { Job } from './job.ts'

/** A worker that has left so many beats unanswered is taken for hung, until it is heard again. */
const beatsUntilSuspect = 4

export type WorkerAnswer = LinkResponse & { readonly body: Buffer }

export type ConnectionEvents = {
  /** The worker serves. It gets requests once it is admitted. */
  readonly onHello: (hello: WorkerHello, connection: WorkerConnection) => void
  readonly onAnswer: (job: Job, answer: WorkerAnswer) => void
  /** No answer will come. */
  readonly onLost: (job: Job, reason: string, connection: WorkerConnection) => void
  /** The answer is late. It may still come, and is taken where it comes first. */
  readonly onLate: (job: Job, connection: WorkerConnection) => void
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
  #hasSaidHello = false
  #isAdmitted = false
  #answered = 0
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
    return this.#isAdmitted && !this.#isLeaving && !this.#isClosed && !this.#isSuspect
  }

  /** How many requests it has answered. */
  get answered(): number {
    return this.#answered
  }

  /** From now on callers' requests may be sent here. */
  admit(): void {
    this.#isAdmitted = true
    this.#events.onRoom()
  }

  get inFlight(): number {
    return this.#jobs.size
  }

  /** Whether the worker does not read as fast as it is sent to. */
  get isFull(): boolean {
    return this.#link.isFull
  }

  send(job: Job): void {
    job.holders++
    this.#link.request(this.#jobs.add(job), job.request)
  }

  /** Asks whether the worker lives, and looks for answers that are late. Called some times a second. */
  beat(nowMs: number): void {
    if (this.#isClosed) return
    if (this.#hasSaidHello) {
      this.#unansweredBeats++
      if (!this.#link.isFull) this.#link.signal('ping', 0)
    }
    const isSuspect = this.#isSuspect
    for (const [id, job] of this.#jobs) {
      if (job.isAnswered) {
        this.#jobs.delete(id)
      } else if (nowMs >= job.dueMs) {
        this.#jobs.delete(id)
        this.#events.onLost(job, `no answer within ${Math.round(nowMs - job.sentMs)} ms`, this)
      } else if ((isSuspect && job.route?.answerTime.isQuick === true) || nowMs >= job.lateMs) {
        this.#events.onLate(job, this)
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
        this.#hasSaidHello = true
        this.#events.onHello(JSON.parse(frame.payload.toString()) as WorkerHello, this)
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
    const job = this.#jobs.get(frame.id)
    if (job === undefined) return
    const answer = decodeResponse(frame.payload)
    this.#jobs.delete(frame.id)
    this.#answered++
    this.#events.onAnswer(job, answer)
  }

  #lose(reason: string): void {
    this.#isClosed = true
    const lost = [...this.#jobs]
    this.#jobs.clear()
    this.#events.onClosed()
    for (const [, job] of lost) this.#events.onLost(job, reason, this)
  }
}
