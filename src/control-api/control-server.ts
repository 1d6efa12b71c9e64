import type { Server } from 'node:http'
import { createServer } from 'node:http'

import { listenOn } from '../run-folder/index.ts'
import { createRequestListener } from './request-listener.ts'
import type { ControlRoutes } from './route.ts'

/** The control API on a Unix socket: only the user who started the stack can reach it, and may do everything. */
export class ControlServer {
  readonly #socketPath: string
  readonly #server: Server

  constructor(socketPath: string, routes: ControlRoutes) {
    this.#socketPath = socketPath
    this.#server = createServer(
      createRequestListener(routes, () => Promise.resolve({ right: 'change' as const })),
    )
  }

  /** Throws `start_failed` if another process listens there. */
  start(): Promise<void> {
    return listenOn(this.#server, this.#socketPath)
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}
