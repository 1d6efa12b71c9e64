import type { Config } from '../../../config/schema/index.ts'
import { parseTcpAddress } from '../../../config/schema/index.ts'
import type { Log } from '../../../contracts/index.ts'
import type { ControlCredentials, ControlRoutes } from '../../../control-api/index.ts'
import { ControlPort, ControlServer } from '../../../control-api/index.ts'

export type StackControlOptions = {
  readonly config: Pick<Config, 'control'>
  readonly socketPath: string
  readonly routes: ControlRoutes
  readonly credentials: ControlCredentials | undefined
  readonly log: Log
}

/** The control API of a stack: on its Unix socket, and on TCP if it is configured. */
export class StackControl {
  readonly #server: ControlServer
  readonly #port: ControlPort | undefined

  constructor({ config, socketPath, routes, credentials, log }: StackControlOptions) {
    this.#server = new ControlServer(socketPath, routes)
    const address = config.control && parseTcpAddress(config.control.bind)
    if (address !== undefined && credentials !== undefined)
      this.#port = new ControlPort({ address, credentials, routes, log })
  }

  /** Takes the port, before anything is started that a port in use would have to stop. Throws `port_in_use` and `bind_failed`. */
  async takePort(): Promise<void> {
    await this.#port?.listen()
  }

  /** Answers from now on. Throws `start_failed` if another process listens on the Unix socket. */
  async start(): Promise<void> {
    await this.#server.start()
    this.#port?.open()
  }

  /** Where it is reached over TCP; undefined if it is not. */
  get url(): string | undefined {
    return this.#port?.url
  }

  /** Takes the credentials that a reload has read. */
  use(credentials: ControlCredentials | undefined): void {
    if (credentials !== undefined) this.#port?.use(credentials)
  }

  close(): void {
    this.#server.close()
    this.#port?.close()
  }
}
