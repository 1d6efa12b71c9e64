import type { GatewayFigures, InstanceMeters, InstanceName, InstanceTraffic } from '../../contracts/index.ts'
import { ChangeoverError, instanceNames, otherInstance } from '../../contracts/index.ts'
import { AnswerMeter } from '../../metrics/index.ts'
import type { Environment } from './environment.ts'
import type { Job } from './job.ts'
import type { AttemptEvents, Worker } from './workers/worker.ts'
import { WorkerPlace } from './workers/worker-place.ts'

/** An instance as the gateway sees it. */
type Instance = {
  readonly places: readonly WorkerPlace[]
  paused: boolean
  /** Counts pause and resume commands, so that a waiting pause notices a later command. */
  orders: number
  answered: number
  failed: number
  /** Since it was last paused. */
  readonly meter: AnswerMeter
}

export type InstancesOptions = {
  readonly workerSockets: Readonly<Record<InstanceName, readonly string[]>>
  readonly events: AttemptEvents
  readonly environment: Environment
}

/** Both instances: the connections to their workers, the choice of a worker, and what they have answered. */
export class Instances {
  readonly #environment: Environment
  readonly #onReady: () => void
  readonly #instances: Readonly<Record<InstanceName, Instance>>
  readonly #places: readonly WorkerPlace[]
  /** Checks a condition that somebody waits for. */
  readonly #waiting = new Set<() => void>()

  constructor({ workerSockets, events, environment }: InstancesOptions) {
    this.#environment = environment
    this.#onReady = () => {
      events.onReady()
      this.#changed()
    }
    const own = { ...events, onReady: this.#onReady }
    const create = (name: InstanceName): Instance => ({
      places: workerSockets[name].map(
        (socketPath) =>
          new WorkerPlace({
            socketPath,
            instance: name,
            environment,
            events: own,
            onChange: () => this.#changed(),
          }),
      ),
      paused: false,
      orders: 0,
      answered: 0,
      failed: 0,
      meter: new AnswerMeter(),
    })
    this.#instances = { primary: create('primary'), backup: create('backup') }
    this.#places = instanceNames.flatMap((name) => this.#instances[name].places)
  }

  start(): void {
    for (const place of this.#places) place.start()
  }

  close(): void {
    for (const place of this.#places) place.close()
  }

  /** How many workers can take requests. */
  get healthyCount(): number {
    return countHealthy(this.#places)
  }

  /** Resolves as soon as a worker can take a request, or after `timeoutMs`. */
  async whenReady(timeoutMs: number): Promise<void> {
    await this.#until(() => this.healthyCount > 0, timeoutMs)
  }

  /** Sends heartbeats, and looks for late answers. */
  check(nowMs: number): void {
    for (const place of this.#places) place.check(nowMs)
  }

  /**
   * The least busy worker of the primary, else of the backup; one of an instance that is paused, or has just failed, only if
   * nothing else is there.
   */
  choose(failedOn: Job['failedOn']): Worker | undefined {
    let last: Worker | undefined
    for (const name of instanceNames) {
      const { places, paused } = this.#instances[name]
      const worker = leastBusy(places, failedOn)
      if (worker === undefined) continue
      if (!paused && name !== failedOn?.instance) return worker
      last ??= worker
    }
    return last
  }

  /** Counts an answer that was sent to a caller. */
  answered(status: number, by: InstanceName, durationMs: number): void {
    const instance = this.#instances[by]
    instance.answered++
    instance.meter.answered(durationMs, status >= 500)
    if (status >= 500) instance.failed++
  }

  /** Counts a failed attempt. */
  failed(by: InstanceName): void {
    this.#instances[by].failed++
    this.#instances[by].meter.lost()
  }

  /** A worker has one attempt less: checks again whether an instance is idle. */
  attemptEnded(): void {
    if (this.#waiting.size > 0) this.#changed()
  }

  traffic(name: InstanceName): InstanceTraffic {
    const { places, paused, answered, failed, meter } = this.#instances[name]
    return {
      paused,
      answered,
      failed,
      latest: meter.latest,
      readyWorkers: countHealthy(places),
      inFlight: countInFlight(places),
    }
  }

  /** How an instance is now. */
  figures(name: InstanceName): GatewayFigures['instances'][InstanceName] {
    const { places, paused } = this.#instances[name]
    return { paused, readyWorkers: countHealthy(places), inFlight: countInFlight(places) }
  }

  /** The recent answers of both. */
  get meters(): InstanceMeters {
    return { primary: this.#instances.primary.meter.figures, backup: this.#instances.backup.meter.figures }
  }

  /** Continues from what the gateway before has counted. */
  continueFrom(meters: InstanceMeters): void {
    for (const name of instanceNames) this.#instances[name].meter.continueFrom(meters[name])
  }

  /**
   * Sends an instance no more jobs, and resolves when it has answered those that it has. Throws `no_instance` if the other one
   * is not ready to serve within `timeoutMs`.
   */
  async pause(name: InstanceName, timeoutMs: number): Promise<void> {
    const instance = this.#instances[name]
    const other = this.#instances[otherInstance(name)]
    const order = ++instance.orders
    const isOvertaken = (): boolean => order !== instance.orders
    const otherServes = (): boolean => !other.paused && countHealthy(other.places) > 0
    const inTime = await this.#until(() => isOvertaken() || otherServes(), timeoutMs)
    if (!inTime)
      throw new ChangeoverError(
        'no_instance',
        `the ${name} cannot be paused: the ${otherInstance(name)} is not ready to serve in its place`,
      )
    if (isOvertaken()) return
    instance.paused = true
    await this.#until(() => isOvertaken() || countInFlight(instance.places) === 0)
  }

  resume(name: InstanceName): void {
    const instance = this.#instances[name]
    instance.orders++
    // One that was not paused serves what it has served, and answers on.
    if (instance.paused) instance.meter.forget()
    instance.paused = false
    this.#onReady()
  }

  /** Resolves with true as soon as `condition` holds, or with false after `timeoutMs`. */
  #until(condition: () => boolean, timeoutMs = Infinity): Promise<boolean> {
    if (condition()) return Promise.resolve(true)
    return new Promise((resolve) => {
      const end = (held: boolean): void => {
        this.#waiting.delete(look)
        cancel()
        resolve(held)
      }
      const look = (): void => {
        if (condition()) end(true)
      }
      const cancel =
        timeoutMs === Infinity ? () => undefined : this.#environment.after(timeoutMs, () => end(false))
      this.#waiting.add(look)
    })
  }

  #changed(): void {
    for (const look of [...this.#waiting]) look()
  }
}

/** How many of an instance's workers serve. */
function countHealthy(places: readonly WorkerPlace[]): number {
  return places.filter(({ healthy }) => healthy !== undefined).length
}

/** How many jobs an instance has. */
function countInFlight(places: readonly WorkerPlace[]): number {
  return places.reduce((sum, { inFlight }) => sum + inFlight, 0)
}

function leastBusy(places: readonly WorkerPlace[], except: Job['failedOn']): Worker | undefined {
  let best: Worker | undefined
  for (const { healthy } of places)
    if (
      healthy !== undefined &&
      healthy !== except &&
      (best === undefined || healthy.inFlight < best.inFlight)
    )
      best = healthy
  return best
}
