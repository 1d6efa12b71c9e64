import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Server as NetServer } from 'node:net'

/** Clients that were about to send on an idle connection get this long to do so before it is closed. */
const lingerMs = 300

/** Requests that are still unanswered this long after the port began to close are given up. */
const drainTimeoutMs = 10_000

/** An HTTP server on a listening socket that another process opened; closing it loses no request. */
export class HttpPort {
  readonly #server: Server
  #closing: Promise<void> | undefined

  constructor(onRequest: (request: IncomingMessage, response: ServerResponse) => void) {
    this.#server = createServer((request, response) => {
      if (this.#closing !== undefined) response.setHeader('connection', 'close')
      onRequest(request, response)
    })
  }

  /** Accepts connections on `handle`, a socket that is bound already. */
  start(handle: unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(handle, resolve)
    })
  }

  /** Accepts no more, answers what has arrived and what still comes on open connections, then closes those. */
  close(): Promise<void> {
    this.#closing ??= this.#drain()
    return this.#closing
  }

  /** `http.Server.close` would destroy idle connections at once, also those on which a request is under way to us. */
  async #drain(): Promise<void> {
    const closed = new Promise<void>(
      (resolve) => void NetServer.prototype.close.call(this.#server, () => resolve()),
    )
    const sweep = setInterval(() => this.#server.closeIdleConnections(), lingerMs)
    const giveUp = setTimeout(() => this.#server.closeAllConnections(), drainTimeoutMs)
    await closed
    clearInterval(sweep)
    clearTimeout(giveUp)
  }
}
