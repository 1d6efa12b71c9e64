import { createServer } from 'node:net'
import type { Server } from 'node:net'
import { performance } from 'node:perf_hooks'

import { Connection } from './connection.ts'
import type { ConnectionLimits, OnRequest } from './connection.ts'
import { RequestMemory } from './request-memory.ts'

/** Clients that were about to send on an idle connection get this long to do so before it is closed. */
const lingerMs = 300

/** Requests that are still unanswered this long after the port began to close are given up. */
const drainTimeoutMs = 10_000

/** How often connections are looked at for what takes too long: one timer for all of them. */
const sweepMs = 250

export type HttpPortOptions = {
  readonly limits: ConnectionLimits & { readonly maxConnections: number; readonly maxBufferedBytes: number }
  readonly onRequest: OnRequest
}

/** An HTTP/1.1 server on a listening socket that another process opened; closing it loses no request. */
export class HttpPort {
  readonly #server: Server
  readonly #connections = new Set<Connection>()
  #sweep: NodeJS.Timeout | undefined
  #isPatient = true
  #giveUp: NodeJS.Timeout | undefined
  #closing: Promise<void> | undefined

  constructor({ limits, onRequest }: HttpPortOptions) {
    const memory = new RequestMemory(limits.maxBufferedBytes)
    const options = { limits, memory, onRequest, isClosing: () => this.#closing !== undefined }
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      const connection = new Connection(socket, options)
      this.#connections.add(connection)
      socket.once('close', () => this.#connections.delete(connection))
    })
    this.#server.maxConnections = limits.maxConnections
  }

  /** Accepts connections on `handle`, a socket that is bound already. */
  async start(handle: unknown): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(handle, resolve)
    })
    // Where the process has no file descriptor left, a client is turned away; the others are served on.
    this.#server.on('error', () => undefined)
    this.#sweep = setInterval(() => this.#expire(), sweepMs)
  }

  /** `http://host:port`, or `unix:/path`, once it listens. */
  get address(): string {
    const bound = this.#server.address()
    if (bound === null || typeof bound === 'string') return `unix:${bound ?? ''}`
    const { address, port } = bound
    return `http://${address.includes(':') ? `[${address}]` : address}:${port}`
  }

  /**
   * Accepts no more, answers what has arrived and what still comes on open connections, then closes those. Idle clients get
   * a moment to send what they were about to send; where it is patient, as long as at any other time. A second call may
   * take the patience back.
   */
  close({ isPatient }: { readonly isPatient: boolean }): Promise<void> {
    this.#isPatient &&= isPatient
    if (!isPatient)
      this.#giveUp ??= setTimeout(() => this.#each((connection) => connection.destroy()), drainTimeoutMs)
    this.#closing ??= this.#drain()
    return this.#closing
  }

  async #drain(): Promise<void> {
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()))
    const closeIdle = setInterval(() => this.#closeIdle(), lingerMs)
    await closed
    clearInterval(closeIdle)
    clearTimeout(this.#giveUp)
    clearInterval(this.#sweep)
  }

  #closeIdle(): void {
    if (this.#isPatient) return
    const nowMs = performance.now()
    this.#each((connection) => connection.closeIdle(nowMs, lingerMs))
  }

  #expire(): void {
    const nowMs = performance.now()
    this.#each((connection) => connection.expire(nowMs))
  }

  #each(act: (connection: Connection) => void): void {
    for (const connection of this.#connections) act(connection)
  }
}
