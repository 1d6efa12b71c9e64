import { createServer } from 'node:net'
import type { Server } from 'node:net'
import { performance } from 'node:perf_hooks'

import { Connection } from './connection.ts'
import type { ConnectionLimits, OnRequest } from './connection.ts'

/** Clients that were about to send on an idle connection get this long to do so before it is closed. */
const lingerMs = 300

/** Requests that are still unanswered this long after the port began to close are given up. */
const drainTimeoutMs = 10_000

/** How often connections are looked at for what takes too long: one timer for all of them. */
const sweepMs = 250

export type HttpPortOptions = {
  readonly limits: ConnectionLimits & { readonly maxConnections: number }
  readonly onRequest: OnRequest
}

/** An HTTP/1.1 server on a listening socket that another process opened; closing it loses no request. */
export class HttpPort {
  readonly #server: Server
  readonly #connections = new Set<Connection>()
  #sweep: NodeJS.Timeout | undefined
  #closing: Promise<void> | undefined

  constructor({ limits, onRequest }: HttpPortOptions) {
    const options = { limits, onRequest, isClosing: () => this.#closing !== undefined }
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

  /** Accepts no more, answers what has arrived and what still comes on open connections, then closes those. */
  close(): Promise<void> {
    this.#closing ??= this.#drain()
    return this.#closing
  }

  async #drain(): Promise<void> {
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()))
    const closeIdle = setInterval(() => this.#closeIdle(), lingerMs)
    const giveUp = setTimeout(() => this.#each((connection) => connection.destroy()), drainTimeoutMs)
    await closed
    clearInterval(closeIdle)
    clearTimeout(giveUp)
    clearInterval(this.#sweep)
  }

  #closeIdle(): void {
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
