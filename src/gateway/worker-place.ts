import { WorkerConnection } from './worker-connection.ts'
import type { ConnectionEvents } from './worker-connection.ts'

const reconnectMs = 25

export type PlaceEvents = Omit<ConnectionEvents, 'onLeaving' | 'onClosed'>

/** A worker's place in its instance: connected to whichever process has it now, and to those before it until they have answered. */
export class WorkerPlace {
  readonly #socketPath: string
  readonly #events: PlaceEvents
  readonly #leaving = new Set<WorkerConnection>()
  #current: WorkerConnection | undefined
  #reconnect: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(socketPath: string, events: PlaceEvents) {
    this.#socketPath = socketPath
    this.#events = events
  }

  /** The connection to send to; undefined while there is none that serves. */
  get well(): WorkerConnection | undefined {
    return this.#current?.isWell === true ? this.#current : undefined
  }

  get inFlight(): number {
    return this.#connections().reduce((sum, { inFlight }) => sum + inFlight, 0)
  }

  start(): void {
    this.#connect()
  }

  beat(nowMs: number): void {
    for (const connection of this.#connections()) connection.beat(nowMs)
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#reconnect)
    for (const connection of this.#connections()) connection.close()
  }

  #connections(): WorkerConnection[] {
    return this.#current === undefined ? [...this.#leaving] : [this.#current, ...this.#leaving]
  }

  #connect(): void {
    if (this.#isClosed) return
    const connection: WorkerConnection = new WorkerConnection(this.#socketPath, {
      ...this.#events,
      onLeaving: () => {
        if (connection !== this.#current) return
        this.#leaving.add(connection)
        this.#current = undefined
        this.#connect()
      },
      onClosed: () => {
        this.#leaving.delete(connection)
        if (connection !== this.#current) return
        this.#current = undefined
        this.#reconnect = setTimeout(() => this.#connect(), reconnectMs)
      },
    })
    this.#current = connection
  }
}
