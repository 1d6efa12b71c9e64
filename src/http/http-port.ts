import type { Server } from 'node:net'
import { performance } from 'node:perf_hooks'

import type { TlsMaterial } from '../contracts/index.ts'
import type { CorsOptions } from './answer/cors.ts'
import { Cors } from './answer/cors.ts'
import type { TrustOptions } from './caller/caller-finder.ts'
import { CallerFinder } from './caller/caller-finder.ts'
import { Connection } from './connection.ts'
import type { ConnectionLimits } from './connection-options.ts'
import { EncryptedSockets } from './encrypted-sockets.ts'
import type { OnAnswered, OnRequest } from './http-request.ts'
import type { Accept, PortTls } from './listen.ts'
import { formatBound, listen } from './listen.ts'
import { RequestMemory } from './request-memory.ts'

/** Clients that were about to send on an idle connection get this long to do so before it is closed. */
const lingerMs = 300

/** How often connections are checked for timeouts: one timer for all of them. */
const sweepMs = 250

export type HttpPortOptions = TrustOptions & {
  readonly limits: ConnectionLimits & { readonly maxConnections: number; readonly maxBufferedBytes: number }
  /** Given if several ports of a process share it. */
  readonly memory?: RequestMemory | undefined
  /** Requests that are still unanswered this long after the port began to close are abandoned. */
  readonly stopTimeoutMs: number
  readonly cors?: CorsOptions | undefined
  /** Undefined without TLS. */
  readonly tls?: TlsMaterial | undefined
  readonly onRequest: OnRequest
  readonly onAnswered?: OnAnswered | undefined
}

/** An HTTP/1.1 server on listening sockets that another process opened; closing it loses no request. */
export class HttpPort {
  readonly #stopTimeoutMs: number
  readonly #accept: Accept
  readonly #tls: PortTls | undefined
  readonly #connections = new Set<Connection>()
  readonly #encrypted: EncryptedSockets
  #servers: readonly Server[] = []
  #sweep: NodeJS.Timeout | undefined
  #isPatient = true
  #giveUp: NodeJS.Timeout | undefined
  #closing: Promise<void> | undefined

  constructor({
    limits,
    memory = new RequestMemory(limits.maxBufferedBytes),
    stopTimeoutMs,
    onRequest,
    onAnswered,
    cors,
    tls,
    ...trust
  }: HttpPortOptions) {
    this.#stopTimeoutMs = stopTimeoutMs
    this.#encrypted = new EncryptedSockets(limits.maxConnections)
    this.#tls = tls && {
      ...tls,
      protocol: 'http/1.1',
      handshakeTimeoutMs: limits.headersTimeoutMs,
      onConnection: (socket) => this.#encrypted.add(socket),
    }
    const isClosing = (): boolean => this.#closing !== undefined
    const callers = new CallerFinder({ ...trust, isEncrypted: tls !== undefined })
    const options = {
      limits,
      memory,
      callers,
      cors: cors && new Cors(cors),
      onRequest,
      onAnswered,
      isClosing,
    }
    this.#accept = (socket, isUnixSocket) => {
      if (this.#connections.size >= limits.maxConnections) {
        socket.destroy()
        return
      }
      const connection = new Connection(socket, callers.peerAt(socket.remoteAddress, isUnixSocket), options)
      this.#connections.add(connection)
      socket.once('close', () => this.#connections.delete(connection))
    }
  }

  /** Accepts connections on sockets that are already bound. */
  async start(handles: readonly unknown[]): Promise<void> {
    this.#servers = await Promise.all(
      handles.map((handle) => listen(handle, this.#accept, { allowHalfOpen: true, tls: this.#tls })),
    )
    this.#sweep = setInterval(() => this.#expire(), sweepMs)
  }

  /** `http://host:port`, `https://host:port`, or `unix:/path`, once it listens; of several the first. */
  get address(): string {
    const bound = formatBound(this.#servers[0])
    if (bound.startsWith('unix:')) return bound
    return `${this.#tls === undefined ? 'http' : 'https'}://${bound}`
  }

  /**
   * Accepts no more, answers what has arrived and what still comes on open connections, then closes those. Idle clients get
   * a moment to send what they were about to send; if it is patient, as long as at any other time. A second call may
   * take the patience back.
   */
  close({ isPatient }: { readonly isPatient: boolean }): Promise<void> {
    this.#isPatient &&= isPatient
    if (!isPatient) this.#giveUp ??= setTimeout(() => this.#destroyAll(), this.#stopTimeoutMs)
    this.#closing ??= this.#drain()
    return this.#closing
  }

  async #drain(): Promise<void> {
    const closed = Promise.all(
      this.#servers.map((server) => new Promise<void>((resolve) => void server.close(() => resolve()))),
    )
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
    this.#encrypted.closeSilent(nowMs, lingerMs)
  }

  #destroyAll(): void {
    this.#each((connection) => connection.destroy())
    this.#encrypted.destroyAll()
  }

  #expire(): void {
    const nowMs = performance.now()
    this.#each((connection) => connection.expire(nowMs))
  }

  #each(act: (connection: Connection) => void): void {
    for (const connection of this.#connections) act(connection)
  }
}
