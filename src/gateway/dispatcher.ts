import type {
  ErrorReport,
  GatewayLimits,
  GatewayStart,
  InstanceMeters,
  InstanceName,
  InstanceTraffic,
} from '../contracts/index.ts'
import { problemAnswer } from '../http/index.ts'
import type { Answer, Client } from '../http/index.ts'
import type { LinkRequest } from '../link/index.ts'
import { Instances } from './instances.ts'
import { createJob } from './job.ts'
import type { Avoided, Job } from './job.ts'
import { RetryBudget } from './retry-budget.ts'
import { RouteTable } from './route-table.ts'
import type { TrafficMeter } from './traffic-meter.ts'
import { WaitingLine } from './waiting-line.ts'
import type { Loss, WorkerAnswer, WorkerConnection } from './worker-connection.ts'

/** How often workers are asked whether they live, and late answers are looked for. */
const beatMs = 100

/** A request that kills whoever answers it takes two workers at most, and never the last one. */
const maxTries = 2
const leastWellForRisk = 2

/**
 * Takes each request to the primary, or to the backup while the primary is paused or unwell; if its route allows it, to the other
 * one when the first dies on it, is silent, or late. What nobody can take waits in a bounded line.
 *
 * A job is in the line, with one or two workers, or among those that are to be sent again. It ends, once, in `#answer`,
 * `#refuse`, `#giveUp` or `#abandon`.
 */
export class Dispatcher {
  readonly #limits: GatewayLimits
  readonly #meter: TrafficMeter
  readonly #instances: Instances
  readonly #routes = new RouteTable()
  readonly #line: WaitingLine
  /** Those that were with a worker already: they come first, whatever the line's bounds. */
  readonly #again = new Set<Job>()
  readonly #budget = new RetryBudget()
  #beat: NodeJS.Timeout | undefined
  #retried = 0
  #refused = 0
  #lost = 0

  constructor(
    { workerSockets, limits }: Pick<GatewayStart, 'workerSockets' | 'limits'>,
    meter: TrafficMeter,
  ) {
    this.#limits = limits
    this.#meter = meter
    this.#line = new WaitingLine(limits)
    this.#instances = new Instances(workerSockets, {
      onHello: ({ routes }) => this.#routes.learn(routes),
      onAnswer: (job, answer, from) => this.#answer(job, answer, from),
      onUnwanted: (job, tookMs) => this.#drop(job, tookMs),
      onLost: (job, loss, from) => this.#lose(job, loss, from),
      onLate: (job, { isRisky }, from) => this.#hedge(job, isRisky, from),
      onRoom: () => this.#serveLine(),
    })
  }

  start(): void {
    this.#instances.start()
    // After the answers that have come meanwhile: a gateway that was itself held up must not blame the workers.
    this.#beat = setInterval(() => setImmediate(() => this.#look()), beatMs)
  }

  close(): void {
    clearInterval(this.#beat)
    this.#instances.close()
  }

  /** Whether any worker can be asked. */
  get isReady(): boolean {
    return this.#instances.wellCount > 0
  }

  get counts(): Readonly<Record<'waiting' | 'retried' | 'refused' | 'lost', number>> {
    return {
      waiting: this.#line.length + this.#again.size,
      retried: this.#retried,
      refused: this.#refused,
      lost: this.#lost,
    }
  }

  traffic(name: InstanceName): InstanceTraffic {
    return this.#instances.traffic(name)
  }

  get meters(): InstanceMeters {
    return this.#instances.meters
  }

  goOnFrom(meters: InstanceMeters): void {
    this.#instances.goOnFrom(meters)
  }

  /** Sends an instance no more requests; see `Instances.pause`. */
  pause(name: InstanceName, timeoutMs: number): Promise<void> {
    return this.#instances.pause(name, timeoutMs)
  }

  resume(name: InstanceName): void {
    this.#instances.resume(name)
  }

  /** Gets a request answered; `done` is called once, unless the client goes before. */
  dispatch(request: LinkRequest, done: (answer: Answer) => void, client: Client): void {
    const nowMs = performance.now()
    this.#meter.accepted(nowMs)
    const job = createJob(request, done, client, nowMs)
    const connection = this.#line.length === 0 ? this.#choose(undefined) : undefined
    if (connection !== undefined) this.#send(job, connection, nowMs)
    else if (!this.#line.add(job)) this.#refuse(job)
  }

  #send(job: Job, connection: WorkerConnection, nowMs: number): void {
    const { method, url } = job.request
    const route = (job.route ??= this.#routes.find(method, url))
    const longestMs = route.summary.answerTimeoutMs ?? this.#limits.answerTimeoutMs
    const lateAfterMs =
      route.summary.answerTimeoutMs ?? route.answerTime.lateAfterMs(this.#limits.answerTimeoutMs)
    job.tries++
    connection.send(job, { sentMs: nowMs, lateMs: nowMs + lateAfterMs, dueMs: nowMs + longestMs })
  }

  #answer(
    job: Job,
    answer: WorkerAnswer,
    { by, tookMs }: { readonly by: InstanceName; readonly tookMs: number },
  ): void {
    job.holders--
    job.route?.answerTime.add(tookMs)
    if (job.isOver) return
    job.isOver = true
    const nowMs = performance.now()
    const durationMs = nowMs - job.acceptedMs
    this.#instances.answered(answer.status, by, durationMs)
    this.#budget.earn()
    this.#meter.answered(nowMs, durationMs)
    job.done(answer)
    if (this.#line.length > 0 || this.#again.size > 0) this.#serveLine()
  }

  /** Whoever has the request may not answer it any more, as another has, or as the client has gone. */
  #drop(job: Job, tookMs: number): void {
    job.holders--
    // It has taken this long at least: what is learnt must not be of the quick ones alone.
    if (job.isOver) job.route?.answerTime.add(tookMs)
    else this.#abandon(job)
    this.#serveLine()
  }

  /** Nobody waits for the answer any more. */
  #abandon(job: Job): void {
    job.isOver = true
    this.#meter.abandoned(performance.now())
  }

  /** A late answer of a route that may be repeated freely is asked of the other instance too, where that is there. */
  #hedge(job: Job, isRisky: boolean, from: Avoided): void {
    if (job.isOver || job.tries >= maxTries || job.route?.summary.repeat !== 'freely') return
    if (isRisky && this.#instances.wellCount < leastWellForRisk) return
    const other = this.#choose(from)
    // A worker that is silent has lost them all; one that lives may just be slow, and asking everything twice makes it slower.
    if (other === undefined || (from.connection.isWell && !this.#budget.spend())) return
    this.#retried++
    this.#send(job, other, performance.now())
  }

  #lose(job: Job, loss: Loss, from: Avoided): void {
    job.holders--
    if (job.isOver || job.holders > 0) return
    if (loss.isUnsent) job.tries--
    if (!mayRetry(job, loss)) {
      this.#giveUp(job, {
        code: 'answer_unknown',
        message: `the process that was asked did not answer (${loss.reason}), and this request may not be sent again: whether it was carried out is not known`,
      })
    } else if (job.tries >= maxTries) {
      this.#giveUp(job, {
        code: 'no_instance',
        message: `two processes were asked and neither has answered (${loss.reason}); try again in a second`,
      })
    } else {
      this.#retried++
      job.avoid = from
      job.isRisky = loss.isOldest && !loss.isUnsent
      job.waitsSinceMs = performance.now()
      this.#again.add(job)
      this.#serveLine()
    }
  }

  #serveLine(): void {
    const nowMs = performance.now()
    for (const job of this.#again) {
      if (job.isRisky && this.#instances.wellCount < leastWellForRisk) continue
      const connection = this.#choose(job.avoid)
      if (connection === undefined) continue
      this.#again.delete(job)
      this.#send(job, connection, nowMs)
    }
    for (let job = this.#line.first; job !== undefined; job = this.#line.first) {
      const connection = this.#choose(undefined)
      if (connection === undefined) return
      this.#line.removeFirst()
      this.#send(job, connection, nowMs)
    }
  }

  /** Undefined where nobody is there, or whoever is right has enough to do. */
  #choose(avoid: Avoided | undefined): WorkerConnection | undefined {
    const connection = this.#instances.choose(avoid)
    const hasRoom =
      connection !== undefined && connection.inFlight < this.#limits.maxInFlight && !connection.isFull
    return hasRoom ? connection : undefined
  }

  #look(): void {
    const nowMs = performance.now()
    this.#instances.beat(nowMs)
    for (const job of this.#line.removeAbandoned()) this.#abandon(job)
    const hasWaitedOut = ({ waitsSinceMs }: Job): boolean =>
      nowMs - waitsSinceMs >= this.#limits.answerTimeoutMs
    for (const job of this.#again) {
      if (!job.client.isGone && !hasWaitedOut(job)) continue
      this.#again.delete(job)
      if (job.client.isGone) this.#abandon(job)
      else this.#giveUp(job, job.isRisky ? riskRefused : noInstance)
    }
    for (let job = this.#line.first; job !== undefined && hasWaitedOut(job); job = this.#line.first) {
      this.#line.removeFirst()
      if (this.isReady) this.#refuse(job)
      else this.#giveUp(job, noInstance)
    }
    this.#serveLine()
  }

  #refuse(job: Job): void {
    this.#refused++
    this.#meter.refused(performance.now())
    job.done(overloaded)
  }

  #giveUp(job: Job, error: ErrorReport): void {
    job.isOver = true
    this.#lost++
    this.#meter.lost(performance.now())
    job.done(problemAnswer(error))
  }
}

/** Whether a request that a worker failed may be sent to another one. */
function mayRetry({ route }: Job, { isUnsent, why }: Loss): boolean {
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
    'a process ended or stopped responding while it was at work on this request, and the last one that serves is not put at risk; try again in a second',
}

const noInstance: ErrorReport = {
  code: 'no_instance',
  message: 'neither the primary nor the backup can answer now; try again in a second',
}

/** Made once: in an overload nothing is sent as often. */
const overloaded = problemAnswer({
  code: 'overloaded',
  message: 'more requests came than can be answered; try again in a second',
})
