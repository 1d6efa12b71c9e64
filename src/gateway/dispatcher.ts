import type {
  ErrorReport,
  GatewayLimits,
  GatewayStart,
  InstanceMeters,
  InstanceName,
  InstanceTraffic,
} from '../contracts/index.ts'
import { problemAnswer } from '../http/index.ts'
import type { Answer } from '../http/index.ts'
import type { LinkRequest } from '../link/index.ts'
import { Instances } from './instances.ts'
import { createJob } from './job.ts'
import type { Avoided, Job } from './job.ts'
import { RetryBudget } from './retry-budget.ts'
import { RouteTable } from './route-table.ts'
import type { TrafficMeter } from './traffic-meter.ts'
import { WaitingLine } from './waiting-line.ts'
import type { WorkerAnswer, WorkerConnection } from './worker-connection.ts'

/** How often workers are asked whether they live, and late answers are looked for. */
const beatMs = 100

/** So that a request that kills whoever answers it does not take them all. */
const mostTries = 2

/**
 * Takes each request to the primary, or to the backup while the primary is paused or unwell; to the other one when the first
 * dies on it, is silent, or late. What nobody can take waits in a bounded line.
 *
 * A job is in the line, with one or two workers, or among those that are to be sent again. It ends, once, in `#answer`,
 * `#refuse` or `#giveUp`.
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
      onAnswer: (job, answer, by) => this.#answer(job, answer, by),
      onLost: (job, reason, from) => this.#lose(job, reason, from),
      onLate: (job, from) => this.#askAnother(job, from),
      onRoom: () => this.#serveLine(),
    })
  }

  start(): void {
    this.#instances.start()
    // After the answers that have come meanwhile: a gateway that was itself held up must not blame the workers.
    this.#beat = setInterval(() => setImmediate(() => this.#lookAround()), beatMs)
  }

  close(): void {
    clearInterval(this.#beat)
    this.#instances.close()
  }

  /** Whether any worker can be asked. */
  get isReady(): boolean {
    return this.#instances.isReady
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

  /** Gets a request answered; `done` is called once. */
  dispatch(request: LinkRequest, done: (answer: Answer) => void): void {
    const nowMs = performance.now()
    this.#meter.accepted(nowMs)
    const job = createJob(request, done, nowMs)
    const connection = this.#line.length === 0 ? this.#choose(undefined) : undefined
    if (connection !== undefined) this.#send(job, connection, nowMs)
    else if (!this.#line.add(job)) this.#refuse(job)
  }

  #send(job: Job, connection: WorkerConnection, nowMs: number): void {
    const { method, url } = job.request
    const route = (job.route ??= this.#routes.find(method, url))
    const longestMs = route.summary.answerTimeoutMs ?? this.#limits.answerTimeoutMs
    job.tries++
    job.sentMs = nowMs
    job.dueMs = nowMs + longestMs
    job.lateMs =
      nowMs + (route.summary.answerTimeoutMs ?? route.answerTime.lateAfterMs(this.#limits.answerTimeoutMs))
    connection.send(job)
  }

  #answer(job: Job, answer: WorkerAnswer, by: InstanceName): void {
    job.holders--
    if (job.isAnswered) return
    job.isAnswered = true
    const nowMs = performance.now()
    const durationMs = nowMs - job.acceptedMs
    this.#instances.answered(job, answer.status, by, durationMs)
    job.route?.answerTime.add(nowMs - job.sentMs)
    this.#budget.earn()
    this.#meter.answered(nowMs, durationMs)
    job.done(answer)
    if (this.#line.length > 0 || this.#again.size > 0) this.#serveLine()
  }

  /** A late answer of a route that may be asked twice is asked of the other instance, where that is there. */
  #askAnother(job: Job, from: Avoided): void {
    if (job.isAnswered || job.tries >= mostTries || job.route?.summary.pure !== true) return
    const other = this.#choose(from)
    // A worker that is silent has lost them all; one that lives may just be slow, and asking everything twice makes it slower.
    if (other === undefined || (from.connection.isWell && !this.#budget.spend())) return
    this.#retried++
    this.#send(job, other, performance.now())
  }

  #lose(job: Job, reason: string, from: Avoided): void {
    job.holders--
    if (job.isAnswered || job.holders > 0) return
    if (job.route?.summary.pure !== true) {
      this.#giveUp(job, {
        code: 'answer_unknown',
        message: `the process that was asked did not answer (${reason}), and this route may not be asked twice`,
      })
    } else if (job.tries >= mostTries) {
      this.#giveUp(job, {
        code: 'no_instance',
        message: `two processes were asked and neither has answered (${reason}); try again in a second`,
      })
    } else {
      this.#retried++
      job.avoid = from
      job.waitsSinceMs = performance.now()
      this.#again.add(job)
      this.#serveLine()
    }
  }

  #serveLine(): void {
    const nowMs = performance.now()
    for (const job of this.#again) {
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

  #lookAround(): void {
    const nowMs = performance.now()
    this.#instances.beat(nowMs)
    const hasWaitedOut = ({ waitsSinceMs }: Job): boolean =>
      nowMs - waitsSinceMs >= this.#limits.answerTimeoutMs
    for (const job of this.#again) {
      if (!hasWaitedOut(job)) continue
      this.#again.delete(job)
      this.#giveUp(job, noInstance)
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
    job.isAnswered = true
    this.#lost++
    this.#meter.lost(performance.now())
    job.done(problemAnswer(error))
  }
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
