import type { GatewayLimits } from '../../config/schema/index.ts'
import type {
  AnsweredBy,
  ErrorReport,
  GatewayFigures,
  GatewayStart,
  InstanceMeters,
  InstanceName,
  InstanceTraffic,
  Log,
  WorkerHello,
} from '../../contracts/index.ts'
import type { Answer, Client } from '../../http/index.ts'
import { findHeader, problemAnswer, withoutQuery } from '../../http/index.ts'
import type { LinkRequest } from '../../ipc/index.ts'
import { RouteMeters } from '../../metrics/index.ts'
import type { Span } from '../../tracing/index.ts'
import type { Environment } from './environment.ts'
import { systemEnvironment } from './environment.ts'
import { Instances } from './instances.ts'
import type { Job } from './job.ts'
import { createJob } from './job.ts'
import { RequestQueue } from './request-queue.ts'
import { RetryBudget } from './retry-budget.ts'
import { RouteTable } from './route-table.ts'
import type { TrafficMeter } from './traffic-meter.ts'
import type { AttemptFailure, Worker, WorkerAnswer } from './workers/worker.ts'

/** How often heartbeats are sent, and late answers are looked for. */
const heartbeatMs = 100

/** A request that kills its workers kills two at most, and never the last one. */
const maxAttempts = 2
const minHealthyForRisk = 2

export type DispatcherOptions = Pick<GatewayStart, 'workerSockets' | 'limits'> & { readonly log?: Log }

/**
 * Sends each request to the primary, or to the backup while the primary is paused or unhealthy; if its route allows it, to the
 * other one when the first dies on it, is silent, or late. What nobody can take waits in a bounded queue.
 *
 * A job is in the queue, with one or two workers, or among those that are to be retried. It ends, once, in `#answer`, `#refuse`,
 * `#giveUp` or `#abandon`.
 */
export class Dispatcher {
  readonly #limits: GatewayLimits
  readonly #log: Log
  readonly #environment: Environment
  readonly #meter: TrafficMeter
  readonly #instances: Instances
  readonly #routeMeters: RouteMeters<AnsweredBy>
  readonly #routes: RouteTable
  readonly #queue: RequestQueue
  /** Those that were with a worker already: they come first, and count in none of the queue's bounds. */
  readonly #retries = new Set<Job>()
  readonly #budget = new RetryBudget()
  #stopChecks: () => void = () => undefined
  readonly #counts = { retried: 0, hedged: 0, refused: 0, lost: 0, abandoned: 0 }

  constructor(
    { workerSockets, limits, log = () => undefined }: DispatcherOptions,
    meter: TrafficMeter,
    environment = systemEnvironment,
    routeMeters = new RouteMeters<AnsweredBy>(),
  ) {
    this.#routeMeters = routeMeters
    this.#routes = new RouteTable(routeMeters)
    this.#limits = limits
    this.#log = log
    this.#environment = environment
    this.#meter = meter
    this.#queue = new RequestQueue(limits)
    const events = {
      onHello: ({ routes }: WorkerHello) => this.#routes.learn(routes),
      onAnswer: (job: Job, answer: WorkerAnswer, { instance }: Worker, tookMs: number) =>
        this.#answer(job, answer, instance, tookMs),
      onUnwanted: (job: Job, tookMs: number) => this.#drop(job, tookMs),
      onFailed: (job: Job, failure: AttemptFailure, worker: Worker) => this.#fail(job, failure, worker),
      onLate: (job: Job, late: { readonly isRisky: boolean }, worker: Worker) =>
        this.#hedge(job, late.isRisky, worker),
      onReady: () => this.#serveQueue(),
    }
    this.#instances = new Instances({ workerSockets, events, environment })
  }

  start(): void {
    this.#instances.start()
    this.#stopChecks = this.#environment.every(heartbeatMs, () => this.#check())
  }

  close(): void {
    this.#stopChecks()
    this.#instances.close()
  }

  /** Whether any worker can take a request. */
  get isReady(): boolean {
    return this.#instances.healthyCount > 0
  }

  /** Resolves as soon as any worker can take a request, or after `timeoutMs`. */
  whenReady(timeoutMs: number): Promise<void> {
    return this.#instances.whenReady(timeoutMs)
  }

  get counts(): Readonly<Record<'waiting' | 'retried' | 'refused' | 'lost', number>> {
    const { retried, hedged, refused, lost } = this.#counts
    return { waiting: this.#waiting, retried: retried + hedged, refused, lost }
  }

  /** What was counted since the process started, and how it is now. */
  get figures(): GatewayFigures {
    return {
      routes: this.#routeMeters.figures,
      counts: { ...this.#counts },
      queued: this.#waiting,
      instances: { primary: this.#instances.figures('primary'), backup: this.#instances.figures('backup') },
    }
  }

  get #waiting(): number {
    return this.#queue.length + this.#retries.size
  }

  traffic(name: InstanceName): InstanceTraffic {
    return this.#instances.traffic(name)
  }

  get meters(): InstanceMeters {
    return this.#instances.meters
  }

  continueFrom(meters: InstanceMeters): void {
    this.#instances.continueFrom(meters)
  }

  /** Sends an instance no more requests; see `Instances.pause`. */
  pause(name: InstanceName, timeoutMs: number): Promise<void> {
    return this.#instances.pause(name, timeoutMs)
  }

  resume(name: InstanceName): void {
    this.#instances.resume(name)
  }

  /** Gets a request answered; `done` is called once, unless the client disconnects before. */
  dispatch(request: LinkRequest, done: (answer: Answer) => void, client: Client, span?: Span): void {
    const nowMs = this.#environment.nowMs()
    this.#meter.accepted(nowMs)
    const job = createJob(request, done, client, nowMs, span)
    const worker = this.#queue.length === 0 ? this.#choose(undefined) : undefined
    if (worker !== undefined) this.#send(job, worker, nowMs)
    else if (!this.#queue.add(job)) this.#refuse(job)
  }

  #send(job: Job, worker: Worker, nowMs: number): void {
    const { method, url } = job.request
    const route = (job.route ??= this.#routes.find(method, url))
    const maxMs = route.summary.answerTimeoutMs ?? this.#limits.answerTimeoutMs
    const lateAfterMs =
      route.summary.answerTimeoutMs ?? route.answerTime.lateAfterMs(this.#limits.answerTimeoutMs)
    job.attempts++
    if (job.span !== undefined) traceAttempt(job, job.span, worker, nowMs)
    worker.send(job, { sentMs: nowMs, lateMs: nowMs + lateAfterMs, dueMs: nowMs + maxMs })
  }

  #answer(job: Job, answer: WorkerAnswer, by: InstanceName, tookMs: number): void {
    job.pendingAttempts--
    job.route?.answerTime.add(tookMs)
    this.#instances.attemptEnded()
    if (job.isOver) return
    job.isOver = true
    const nowMs = this.#environment.nowMs()
    const durationMs = nowMs - job.acceptedMs
    this.#instances.answered(answer.status, by, durationMs)
    this.#budget.earn()
    this.#meter.answered(nowMs, durationMs)
    job.route?.meters.answered(by, answer.status, durationMs)
    job.done(answer)
    if (this.#queue.length > 0 || this.#retries.size > 0) this.#serveQueue()
  }

  /** The worker need not answer the request any more: another has answered it, or the client has disconnected. */
  #drop(job: Job, tookMs: number): void {
    job.pendingAttempts--
    // It has taken this long at least: the mean must not come from quick answers alone.
    if (job.isOver) job.route?.answerTime.add(tookMs)
    else this.#abandon(job)
    this.#instances.attemptEnded()
    this.#serveQueue()
  }

  /** Nobody waits for the answer any more. */
  #abandon(job: Job): void {
    job.isOver = true
    job.span?.event('the client has left')
    job.span?.end()
    this.#counts.abandoned++
    this.#meter.abandoned(this.#environment.nowMs())
  }

  /** Hedges a late request of a route that may be repeated freely, to the other instance if that is there. */
  #hedge(job: Job, isRisky: boolean, late: Worker): void {
    if (job.isOver || job.attempts >= maxAttempts || job.route?.summary.repeat !== 'freely') return
    if (isRisky && this.#instances.healthyCount < minHealthyForRisk) return
    const other = this.#choose(late)
    // A worker that does not respond has lost them all; one that does may just be slow, and hedging everything makes it slower.
    if (other === undefined || (late.isHealthy && !this.#budget.spend())) return
    this.#counts.hedged++
    job.span?.event('hedge', { 'changeover.late': late.instance })
    this.#tell(job, `is late at the ${late.instance}, and also sent to the ${other.instance}`)
    this.#send(job, other, this.#environment.nowMs())
  }

  #fail(job: Job, failure: AttemptFailure, worker: Worker): void {
    this.#instances.failed(worker.instance)
    job.span?.event('attempt failed', {
      'changeover.instance': worker.instance,
      'changeover.reason': failure.reason,
    })
    this.#instances.attemptEnded()
    job.pendingAttempts--
    if (job.isOver || job.pendingAttempts > 0) return
    if (failure.isUnsent) job.attempts--
    if (!mayRetry(job, failure)) {
      this.#giveUp(job, {
        code: 'answer_unknown',
        message: `the worker did not answer (${failure.reason}), and this request may not be retried: whether it was carried out is not known`,
      })
    } else if (job.attempts >= maxAttempts) {
      this.#giveUp(job, {
        code: 'no_instance',
        message: `the request was sent to two workers and neither answered (${failure.reason}); try again in a second`,
      })
    } else {
      this.#counts.retried++
      this.#tell(job, `is sent again: the ${worker.instance} failed (${failure.reason})`)
      job.failedOn = worker
      job.isRisky = failure.isOldest && !failure.isUnsent
      job.queuedMs = this.#environment.nowMs()
      this.#retries.add(job)
      this.#serveQueue()
    }
  }

  #serveQueue(): void {
    const nowMs = this.#environment.nowMs()
    for (const job of this.#retries) {
      if (job.isRisky && this.#instances.healthyCount < minHealthyForRisk) continue
      const worker = this.#choose(job.failedOn)
      if (worker === undefined) continue
      this.#retries.delete(job)
      this.#send(job, worker, nowMs)
    }
    for (let job = this.#queue.first; job !== undefined; job = this.#queue.first) {
      const worker = this.#choose(undefined)
      if (worker === undefined) return
      this.#queue.removeFirst()
      this.#send(job, worker, nowMs)
    }
  }

  /** Undefined if no worker is there, or the one to choose has enough in flight. */
  #choose(failedOn: Job['failedOn']): Worker | undefined {
    const worker = this.#instances.choose(failedOn)
    const hasRoom = worker !== undefined && worker.inFlight < this.#limits.maxInFlight && !worker.isFull
    return hasRoom ? worker : undefined
  }

  #check(): void {
    const nowMs = this.#environment.nowMs()
    this.#instances.check(nowMs)
    for (const job of this.#queue.removeAbandoned()) this.#abandon(job)
    const isOverdue = ({ queuedMs }: Job): boolean => nowMs - queuedMs >= this.#limits.answerTimeoutMs
    for (const job of this.#retries) {
      if (!job.client.isGone && !isOverdue(job)) continue
      this.#retries.delete(job)
      if (job.client.isGone) this.#abandon(job)
      else this.#giveUp(job, job.isRisky ? riskRefused : noInstance)
    }
    for (let job = this.#queue.first; job !== undefined && isOverdue(job); job = this.#queue.first) {
      this.#queue.removeFirst()
      if (this.isReady) this.#refuse(job)
      else this.#giveUp(job, noInstance)
    }
    this.#serveQueue()
  }

  #refuse(job: Job): void {
    job.isOver = true
    this.#counts.refused++
    this.#meter.refused(this.#environment.nowMs())
    this.#answerItself(job, overloaded)
  }

  /** What few requests go through, for a person who looks for one of them. */
  #tell({ request }: Job, what: string): void {
    const { method, url, headers } = request
    const requestId = findHeader(headers, 'x-request-id')
    this.#log('debug', `${method} ${withoutQuery(url)} ${what}`, { requestId })
  }

  #giveUp(job: Job, error: ErrorReport): void {
    job.isOver = true
    this.#counts.lost++
    this.#tell(job, `is not answered: ${error.message}`)
    this.#meter.lost(this.#environment.nowMs())
    this.#answerItself(job, problemAnswer(error))
  }

  #answerItself(job: Job, answer: Answer): void {
    const { method, url } = job.request
    const { meters } = job.route ?? this.#routes.find(method, url)
    meters.answered('gateway', answer.status, this.#environment.nowMs() - job.acceptedMs)
    job.done(answer)
  }
}

/** An attempt after a failure has waited since that; a hedge has not waited. */
function traceAttempt(job: Job, span: Span, { instance }: Worker, nowMs: number): void {
  const { request, route, attempts, pendingAttempts, queuedMs } = job
  const waitedMs = pendingAttempts > 0 ? 0 : nowMs - queuedMs
  span.event('attempt', {
    'changeover.instance': instance,
    'changeover.attempt': attempts,
    'changeover.queue_ms': waitedMs,
  })
  if (attempts > 1) return
  span.set({ 'changeover.queue_ms': waitedMs })
  const path = route?.summary.path ?? ''
  if (path === '') return
  span.rename(`${request.method} ${path}`)
  span.set({ 'http.route': path })
}

/** Whether a request that a worker failed may be sent to another one. */
function mayRetry({ route }: Job, { isUnsent, why }: AttemptFailure): boolean {
  if (isUnsent) return true
  switch (route?.summary.repeat ?? 'never') {
    case 'freely':
      return true
    case 'on-failure':
      return why === 'closed'
    case 'never':
      return false
  }
}

const riskRefused: ErrorReport = {
  code: 'no_instance',
  message:
    'a worker exited or stopped responding during this request, and it is not sent to the last one that serves; try again in a second',
}

const noInstance: ErrorReport = {
  code: 'no_instance',
  message: 'neither the primary nor the backup can answer now; try again in a second',
}

/** Made once: in an overload no other answer is as frequent. */
const overloaded = problemAnswer({
  code: 'overloaded',
  message: 'the server is overloaded; try again in a second',
})
