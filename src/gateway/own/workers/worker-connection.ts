import type { InstanceName, WorkerHello } from '../../../contracts/index.ts'
import type { Frame } from '../../../ipc/index.ts'
import { decodeResponse, frameTypes } from '../../../ipc/index.ts'
import type { Environment, WorkerLink } from '../environment.ts'
import type { Job } from '../job.ts'
import type { LiveAttempt } from '../job-table.ts'
import { JobTable } from '../job-table.ts'
import type { AttemptEvents, AttemptTimes, ConnectionEvents, Worker } from './worker.ts'
import { WorkerHealth } from './worker-health.ts'

/** The first version of the protocol with cancel frames. */
const cancelSince = 1

/** One connection to one worker process, and its attempts. */
export class WorkerConnection implements Worker {
  readonly instance: InstanceName
  readonly #events: AttemptEvents & ConnectionEvents
  readonly #environment: Environment
  readonly #link: WorkerLink
  readonly #attempts = new JobTable()
  readonly #health = new WorkerHealth()

  constructor(
    { socketPath, instance }: { readonly socketPath: string; readonly instance: InstanceName },
    events: AttemptEvents & ConnectionEvents,
    environment: Environment,
  ) {
    this.instance = instance
    this.#events = events
    this.#environment = environment
    this.#link = environment.openLink(socketPath, {
      onFrame: (frame) => this.#handle(frame),
      onDrain: () => {
        if (this.isHealthy) this.#events.onReady()
      },
      onClose: (reason) => this.#fail(reason),
    })
  }

  get isHealthy(): boolean {
    return this.#health.isHealthy
  }

  get inFlight(): number {
    return this.#attempts.size
  }

  get isFull(): boolean {
    return this.#link.isFull
  }

  send(job: Job, { sentMs, lateMs, dueMs }: AttemptTimes): void {
    job.pendingAttempts++
    const attempt = this.#attempts.add(job)
    attempt.sentMs = sentMs
    attempt.lateMs = lateMs
    attempt.dueMs = dueMs
    attempt.writes = this.#link.writes
    this.#link.request(attempt.id, job.request)
  }

  check(nowMs: number): void {
    if (this.#health.isClosed) return
    this.#health.asked()
    const { isSuspect, hello } = this.#health
    if (hello !== undefined && !this.#link.isFull) this.#link.signal('ping', 0)
    // A worker that was stopped by a signal is not silent because of its request.
    const riskyId = isSuspect && !this.#environment.isStopped(hello?.pid ?? 0) ? this.#oldestId() : undefined
    for (const { id, job, sentMs, lateMs, dueMs } of this.#attempts) {
      if (job.isOver || job.client.isGone) {
        this.#cancel(id)
        this.#events.onUnwanted(job, nowMs - sentMs)
      } else if (nowMs >= dueMs) {
        const isOldest = id === (riskyId ?? this.#oldestId())
        this.#attempts.delete(id)
        const reason = `no answer within ${Math.round(nowMs - sentMs)} ms`
        this.#events.onFailed(job, { why: 'timeout', reason, isUnsent: false, isOldest }, this)
      } else if ((isSuspect && job.route?.answerTime.isQuick === true) || nowMs >= lateMs) {
        this.#events.onLate(job, { isRisky: id === riskyId }, this)
      }
    }
  }

  close(): void {
    this.#link.end()
  }

  #cancel(id: number): void {
    this.#attempts.delete(id)
    if ((this.#health.hello?.protocol ?? 0) >= cancelSince) this.#link.signal('cancel', id)
  }

  #handle(frame: Frame): void {
    if (this.#health.heard()) this.#events.onReady()
    switch (frame.type) {
      case frameTypes.response:
        this.#answer(frame)
        return
      case frameTypes.hello:
        this.#health.hello = JSON.parse(frame.payload.toString()) as WorkerHello
        this.#events.onHello(this.#health.hello)
        this.#events.onReady()
        return
      case frameTypes.goaway:
        this.#health.isLeaving = true
        this.#link.signal('goaway', 0)
        this.#events.onLeaving()
        return
      case frameTypes.pong:
        return
      default:
        // A frame of a later build.
        return
    }
  }

  #answer(frame: Frame): void {
    const attempt = this.#attempts.get(frame.id)
    if (attempt === undefined) return
    const { job, sentMs } = attempt
    const answer = decodeResponse(frame.payload)
    this.#attempts.delete(frame.id)
    this.#events.onAnswer(job, answer, this, this.#environment.nowMs() - sentMs)
  }

  #fail(reason: string): void {
    this.#health.isClosed = true
    const oldestId = this.#oldestId()
    const { writes } = this.#link
    const failed = [...this.#attempts].map((attempt) => ({
      job: attempt.job,
      isUnsent: attempt.writes === writes,
      isOldest: attempt.id === oldestId,
    }))
    this.#attempts.clear()
    this.#events.onClosed()
    for (const { job, ...how } of failed) this.#events.onFailed(job, { why: 'closed', reason, ...how }, this)
  }

  #oldestId(): number | undefined {
    let oldest: LiveAttempt | undefined
    for (const attempt of this.#attempts)
      if (
        oldest === undefined ||
        attempt.sentMs < oldest.sentMs ||
        (attempt.sentMs === oldest.sentMs && attempt.id < oldest.id)
      )
        oldest = attempt
    return oldest?.id
  }
}
