import { setTimeout as sleep } from 'node:timers/promises'

import { ChangeoverError, instanceNames, otherInstance } from '../contracts/index.ts'
import type { InstanceMeters, InstanceName, InstanceTraffic, WorkerHello } from '../contracts/index.ts'
import { AnswerMeter } from './answer-meter.ts'
import type { Avoided, Job } from './job.ts'
import type { Loss, WorkerAnswer, WorkerConnection } from './worker-connection.ts'
import { WorkerPlace } from './worker-place.ts'

/** How often a pause looks whether it is done. */
const pauseLookMs = 2

/** What becomes of the jobs that workers were sent. */
export type JobEvents = {
  readonly onHello: (hello: WorkerHello) => void
  readonly onAnswer: (
    job: Job,
    answer: WorkerAnswer,
    from: { readonly by: InstanceName; readonly tookMs: number },
  ) => void
  /** The answer from there is not wanted any more, `tookMs` after the request was sent. */
  readonly onUnwanted: (job: Job, tookMs: number) => void
  /** No answer will come from there. */
  readonly onLost: (job: Job, loss: Loss, from: Avoided) => void
  /** The answer is late, but may still come. */
  readonly onLate: (job: Job, late: { readonly isRisky: boolean }, from: Avoided) => void
  /** A worker can take jobs, for the first time or again. */
  readonly onRoom: () => void
}

/** An instance as the gateway sees it. */
type Instance = {
  readonly places: readonly WorkerPlace[]
  paused: boolean
  /** Counts orders to pause and resume, so that a pause that waits learns that it was overtaken. */
  orders: number
  answered: number
  failed: number
  /** Since it was last paused. */
  readonly meter: AnswerMeter
}

/** Both instances: the connections to their workers, which of them is to be asked, and what came of it. */
export class Instances {
  readonly #events: JobEvents
  readonly #instances: Readonly<Record<InstanceName, Instance>>
  readonly #places: readonly WorkerPlace[]

  constructor(workerSockets: Readonly<Record<InstanceName, readonly string[]>>, events: JobEvents) {
    this.#events = events
    this.#instances = {
      primary: this.#create('primary', workerSockets.primary),
      backup: this.#create('backup', workerSockets.backup),
    }
    this.#places = instanceNames.flatMap((name) => this.#instances[name].places)
  }

  start(): void {
    for (const place of this.#places) place.start()
  }

  close(): void {
    for (const place of this.#places) place.close()
  }

  /** How many workers can be asked. */
  get wellCount(): number {
    return countWell(this.#places)
  }

  /** Asks workers whether they live, and looks for late answers. */
  beat(nowMs: number): void {
    for (const place of this.#places) place.beat(nowMs)
  }

  /**
   * The least busy worker of the primary, else of the backup; of an instance that is paused, or has just failed, only where
   * nothing else is there.
   */
  choose(avoid: Avoided | undefined): WorkerConnection | undefined {
    let last: WorkerConnection | undefined
    for (const name of instanceNames) {
      const { places, paused } = this.#instances[name]
      const connection = leastBusy(places, avoid?.connection)
      if (connection === undefined) continue
      if (!paused && name !== avoid?.instance) return connection
      last ??= connection
    }
    return last
  }

  /** Counts an answer that a caller has got. */
  answered(status: number, by: InstanceName, durationMs: number): void {
    const instance = this.#instances[by]
    instance.answered++
    instance.meter.answered(durationMs, status >= 500)
    if (status >= 500) instance.failed++
  }

  traffic(name: InstanceName): InstanceTraffic {
    const { places, paused, answered, failed, meter } = this.#instances[name]
    return {
      paused,
      answered,
      failed,
      latest: meter.latest,
      readyWorkers: countWell(places),
      inFlight: countInFlight(places),
    }
  }

  /** What both have answered lately. */
  get meters(): InstanceMeters {
    return { primary: this.#instances.primary.meter.figures, backup: this.#instances.backup.meter.figures }
  }

  /** Goes on from what the gateway before has counted. */
  goOnFrom(meters: InstanceMeters): void {
    for (const name of instanceNames) this.#instances[name].meter.goOnFrom(meters[name])
  }

  /**
   * Sends an instance no more jobs, and resolves when it has answered those that it has. Throws `no_instance` where the other
   * one is not there to serve within `timeoutMs`.
   */
  async pause(name: InstanceName, timeoutMs: number): Promise<void> {
    const instance = this.#instances[name]
    const other = this.#instances[otherInstance(name)]
    const order = ++instance.orders
    const endMs = performance.now() + timeoutMs
    while (other.paused || countWell(other.places) === 0) {
      if (performance.now() > endMs)
        throw new ChangeoverError(
          'no_instance',
          `the ${name} cannot be paused: the ${otherInstance(name)} is not ready to serve in its place`,
        )
      await sleep(pauseLookMs)
      if (order !== instance.orders) return
    }
    instance.paused = true
    while (countInFlight(instance.places) > 0 && order === instance.orders) await sleep(pauseLookMs)
  }

  resume(name: InstanceName): void {
    const instance = this.#instances[name]
    instance.orders++
    // One that was not paused serves what it has served, and answers on.
    if (instance.paused) instance.meter.forget()
    instance.paused = false
    this.#events.onRoom()
  }

  #create(name: InstanceName, socketPaths: readonly string[]): Instance {
    const { onHello, onAnswer, onUnwanted, onLost, onLate, onRoom } = this.#events
    const places = socketPaths.map(
      (socketPath) =>
        new WorkerPlace(socketPath, {
          onHello,
          onAnswer: (job, answer, tookMs) => onAnswer(job, answer, { by: name, tookMs }),
          onUnwanted,
          onLost: (job, loss, connection) => {
            this.#instances[name].failed++
            this.#instances[name].meter.lost()
            onLost(job, loss, { connection, instance: name })
          },
          onLate: (job, late, connection) => onLate(job, late, { connection, instance: name }),
          onRoom,
        }),
    )
    return { places, paused: false, orders: 0, answered: 0, failed: 0, meter: new AnswerMeter() }
  }
}

/** How many of an instance's workers serve. */
function countWell(places: readonly WorkerPlace[]): number {
  return places.filter(({ well }) => well !== undefined).length
}

/** How many jobs an instance has. */
function countInFlight(places: readonly WorkerPlace[]): number {
  return places.reduce((sum, { inFlight }) => sum + inFlight, 0)
}

function leastBusy(places: readonly WorkerPlace[], avoid: object | undefined): WorkerConnection | undefined {
  let best: WorkerConnection | undefined
  for (const { well } of places)
    if (well !== undefined && well !== avoid && (best === undefined || well.inFlight < best.inFlight))
      best = well
  return best
}
