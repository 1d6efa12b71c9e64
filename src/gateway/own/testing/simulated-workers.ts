import type { SimulatedTime } from '../../../../harness/simulated-time.ts'
import type { RouteSummary, WorkerHello } from '../../../contracts/index.ts'
import type { LinkRequest } from '../../../ipc/index.ts'
import { frameTypes } from '../../../ipc/index.ts'
import type { Environment, LinkEvents, WorkerLink } from '../environment.ts'

/** What a simulated worker does with a request once it has read it. */
export type Carry = (request: LinkRequest, worker: SimulatedWorker) => void

/** A socket holds this many bytes of bodies that the worker has not read; then it is full. */
const socketBytes = 64 * 1024

/** The process at one socket: it serves, hangs, or is not there. Bytes take a millisecond each way. */
export class SimulatedWorker {
  readonly #time: SimulatedTime
  readonly #routes: readonly RouteSummary[]
  readonly #carry: Carry
  state: 'serves' | 'hangs' | 'dead' = 'dead'
  #connections: Connection[] = []
  /** Requests that were read and not answered yet, oldest first. */
  readonly work: { readonly id: number; readonly connection: Connection }[] = []

  constructor(time: SimulatedTime, routes: readonly RouteSummary[], carry: Carry) {
    this.#time = time
    this.#routes = routes
    this.#carry = carry
  }

  start(): void {
    if (this.state === 'dead') this.state = 'serves'
  }

  hang(): void {
    if (this.state === 'serves') this.state = 'hangs'
  }

  resume(): void {
    if (this.state !== 'hangs') return
    this.state = 'serves'
    for (const connection of [...this.#connections]) connection.read()
  }

  kill(): void {
    this.state = 'dead'
    this.work.length = 0
    const connections = this.#connections
    this.#connections = []
    for (const connection of connections) connection.break()
  }

  /** Answers its oldest request. */
  answer(): void {
    if (this.state !== 'serves') return
    const next = this.work.shift()
    if (next === undefined) return
    next.connection.toGateway(frameTypes.response, next.id, responsePayload())
  }

  open(events: LinkEvents): WorkerLink {
    const connection = new Connection(this, this.#time, events)
    this.#time.after(1, () => {
      if (this.state === 'dead') connection.break()
      else this.#connections.push(connection)
      connection.read()
    })
    return connection
  }

  /** What has arrived at a connection; false if nobody reads it now. */
  takes(connection: Connection): boolean {
    return this.state === 'serves' && this.#connections.includes(connection)
  }

  carry(request: LinkRequest, id: number, connection: Connection): void {
    this.work.push({ id, connection })
    this.#carry(request, this)
  }

  forget(id: number, connection: Connection): void {
    const at = this.work.findIndex((one) => one.id === id && one.connection === connection)
    if (at >= 0) this.work.splice(at, 1)
  }

  hello(): Buffer {
    const hello: WorkerHello & { protocol: number } = { pid: 1, routes: this.#routes, protocol: 1 }
    return Buffer.from(JSON.stringify(hello))
  }
}

type Arrived = {
  readonly type: 'request' | 'ping' | 'cancel'
  readonly id: number
  readonly request?: LinkRequest
}

class Connection implements WorkerLink {
  readonly #worker: SimulatedWorker
  readonly #time: SimulatedTime
  readonly #events: LinkEvents
  writes = 0
  #collected: Arrived[] = []
  #arrived: Arrived[] = []
  #isGreeted = false
  #isClosed = false

  constructor(worker: SimulatedWorker, time: SimulatedTime, events: LinkEvents) {
    this.#worker = worker
    this.#time = time
    this.#events = events
  }

  get isFull(): boolean {
    const unread = [...this.#collected, ...this.#arrived]
    return unread.reduce((sum, { request }) => sum + (request?.body.length ?? 0), 0) > socketBytes
  }

  request(id: number, request: LinkRequest): void {
    this.#collect({ type: 'request', id, request })
  }

  signal(type: 'ping' | 'pong' | 'goaway' | 'cancel', id: number): void {
    if (type === 'ping' || type === 'cancel') this.#collect({ type, id })
  }

  end(): void {
    this.break()
  }

  /** All that is collected in one turn is sent in one write. */
  #collect(frame: Arrived): void {
    this.#collected.push(frame)
    if (this.#collected.length > 1) return
    this.#time.after(0, () => {
      if (this.#isClosed) return
      this.writes++
      this.#arrived.push(...this.#collected.splice(0))
      this.#time.after(1, () => this.read())
    })
  }

  read(): void {
    if (this.#isClosed || !this.#worker.takes(this)) return
    if (!this.#isGreeted) this.toGateway(frameTypes.hello, 0, this.#worker.hello())
    this.#isGreeted = true
    const wasFull = this.isFull
    for (const { type, id, request } of this.#arrived.splice(0)) {
      if (type === 'ping') this.toGateway(frameTypes.pong, 0, Buffer.alloc(0))
      if (type === 'cancel') this.#worker.forget(id, this)
      if (request !== undefined) this.#worker.carry(request, id, this)
    }
    if (wasFull) this.#time.after(0, () => this.#events.onDrain())
  }

  toGateway(type: number, id: number, payload: Buffer): void {
    this.#time.after(1, () => {
      if (!this.#isClosed) this.#events.onFrame({ type, id, payload })
    })
  }

  break(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#time.after(0, () => this.#events.onClose('the worker is gone'))
  }
}

function responsePayload(): Buffer {
  const payload = Buffer.alloc(6)
  payload.writeUInt16LE(200, 0)
  return payload
}

/** An environment in which sockets lead to simulated workers. */
export function simulatedEnvironment(
  time: SimulatedTime,
  workers: ReadonlyMap<string, SimulatedWorker>,
): Environment {
  return {
    nowMs: () => time.nowMs,
    after: (delayMs, work) => time.after(delayMs, work),
    every: (periodMs, work) => time.every(periodMs, work),
    openLink: (socketPath, events) => {
      const worker = workers.get(socketPath)
      if (worker === undefined) throw new Error(`there is no worker at ${socketPath}`)
      return worker.open(events)
    },
    isStopped: () => false,
  }
}
