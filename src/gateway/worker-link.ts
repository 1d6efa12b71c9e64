import { connect } from 'node:net'
import { performance } from 'node:perf_hooks'

import type { WorkerHello } from '../contracts/index.ts'
import { decodeResponse, frameTypes, Link } from '../link/index.ts'
import type { Frame, LinkRequest } from '../link/index.ts'

/** How often a worker is asked whether it lives, and overdue answers are looked for. */
const heartbeatMs = 100

/** A worker that has said nothing for this long while it was asked is taken for hung. */
const silenceMs = 1_000

const reconnectMs = 25

/** An answer, or why there is none. */
export type LinkOutcome =
  | { readonly ok: true; readonly status: number; readonly headers: string; readonly body: Buffer }
  | { readonly ok: false; readonly reason: string }

type Pending = { readonly settle: (outcome: LinkOutcome) => void; readonly dueMs: number }

export type WorkerLinkOptions = {
  readonly socketPath: string
  readonly answerTimeoutMs: number
  readonly onHello: (hello: WorkerHello) => void
}

/** The gateway's road to one worker: connects, and connects again when the worker comes back; every request ends in one outcome. */
export class WorkerLink {
  readonly #options: WorkerLinkOptions
  readonly #pending = new Map<number, Pending>()
  #link: Link | undefined
  #ready = false
  #nextId = 1
  #heardMs = 0
  #heartbeat: NodeJS.Timeout | undefined
  #reconnect: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: WorkerLinkOptions) {
    this.#options = options
  }

  /** Whether the worker has said hello and is not known to be hung. */
  get isReady(): boolean {
    return this.#ready
  }

  get inFlight(): number {
    return this.#pending.size
  }

  start(): void {
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs)
    this.#connect()
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#heartbeat)
    clearTimeout(this.#reconnect)
    this.#link?.end()
  }

  /** Sends a request; `settle` is called once. Only a ready link may be asked. */
  send(request: LinkRequest, settle: (outcome: LinkOutcome) => void): void {
    const id = this.#nextId
    this.#nextId = (id + 1) >>> 0
    this.#pending.set(id, { settle, dueMs: performance.now() + this.#options.answerTimeoutMs })
    this.#link?.request(id, request)
  }

  #connect(): void {
    const socket = connect(this.#options.socketPath)
    this.#heardMs = performance.now()
    this.#link = new Link(socket, {
      onFrame: (frame) => this.#handle(frame),
      onClose: (reason) => this.#lost(reason),
    })
  }

  #handle(frame: Frame): void {
    this.#heardMs = performance.now()
    if (frame.type === frameTypes.response) {
      const pending = this.#pending.get(frame.id)
      if (pending === undefined) return
      const response = decodeResponse(frame.payload)
      this.#pending.delete(frame.id)
      pending.settle({ ok: true, ...response })
    } else if (frame.type === frameTypes.hello) {
      this.#options.onHello(JSON.parse(frame.payload.toString()) as WorkerHello)
      this.#ready = true
    } else if (frame.type !== frameTypes.pong) {
      throw new RangeError(`frame type ${frame.type} is not one for this end`)
    }
  }

  #lost(reason: string): void {
    this.#ready = false
    this.#link = undefined
    const lost = [...this.#pending.values()]
    this.#pending.clear()
    if (!this.#closed) this.#reconnect = setTimeout(() => this.#connect(), reconnectMs)
    for (const { settle } of lost) settle({ ok: false, reason })
  }

  #beat(): void {
    const nowMs = performance.now()
    if (this.#link !== undefined && nowMs - this.#heardMs > silenceMs) {
      this.#link.close(`nothing was heard for ${silenceMs} ms`)
      return
    }
    if (this.#ready) this.#link?.signal('ping', 0)
    this.#settleOverdue(nowMs)
  }

  /** Requests are kept in the order in which they fall due. */
  #settleOverdue(nowMs: number): void {
    for (const [id, { settle, dueMs }] of this.#pending) {
      if (dueMs > nowMs) return
      this.#pending.delete(id)
      settle({ ok: false, reason: `no answer within ${this.#options.answerTimeoutMs} ms` })
    }
  }
}
