import type { InstanceName } from '../../../contracts/index.ts'
import type { Environment } from '../environment.ts'
import type { AttemptEvents, Worker } from './worker.ts'
import { WorkerConnection } from './worker-connection.ts'

const reconnectMs = 25

export type PlaceOptions = {
  readonly socketPath: string
  readonly instance: InstanceName
  readonly environment: Environment
  readonly events: AttemptEvents
  /** A worker has left or exited, or there is another one. */
  readonly onChange: () => void
}

/** A worker's place in its instance: connected to the process that has it now, and to those before it until they have answered. */
export class WorkerPlace {
  readonly #options: PlaceOptions
  readonly #leaving = new Set<Worker>()
  #current: Worker | undefined
  #cancelReconnect: () => void = () => undefined
  #isClosed = false

  constructor(options: PlaceOptions) {
    this.#options = options
  }

  /** The worker to send to; undefined while there is none that serves. */
  get healthy(): Worker | undefined {
    return this.#current?.isHealthy === true ? this.#current : undefined
  }

  get inFlight(): number {
    return this.#workers().reduce((sum, { inFlight }) => sum + inFlight, 0)
  }

  start(): void {
    this.#connect()
  }

  check(nowMs: number): void {
    for (const worker of this.#workers()) worker.check(nowMs)
  }

  close(): void {
    this.#isClosed = true
    this.#cancelReconnect()
    for (const worker of this.#workers()) worker.close()
  }

  #workers(): Worker[] {
    return this.#current === undefined ? [...this.#leaving] : [this.#current, ...this.#leaving]
  }

  #connect(): void {
    if (this.#isClosed) return
    const { environment, events, onChange } = this.#options
    const worker: Worker = new WorkerConnection(
      this.#options,
      {
        ...events,
        onLeaving: () => {
          if (worker !== this.#current) return
          this.#leaving.add(worker)
          this.#current = undefined
          this.#connect()
          onChange()
        },
        onClosed: () => {
          this.#leaving.delete(worker)
          if (worker === this.#current) {
            this.#current = undefined
            this.#cancelReconnect = environment.after(reconnectMs, () => this.#connect())
          }
          onChange()
        },
      },
      environment,
    )
    this.#current = worker
  }
}
