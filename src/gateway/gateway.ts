import type { GatewayCommand, GatewayStart, GatewayStatus } from '../contracts/index.ts'
import { HttpPort } from '../http/index.ts'
import type { HttpRequest, Respond } from '../http/index.ts'
import { LinkServer } from '../link/index.ts'
import { Dispatcher } from './dispatcher.ts'
import { forwardedHeaders } from './forwarded-headers.ts'
import { isStaticUrl, sendStaticFile } from './static-files.ts'

export type GatewayOptions = GatewayStart & { readonly listeningSocket: unknown }

/** The front door: takes HTTP requests whole and has the instances answer them. */
export class Gateway {
  readonly #options: GatewayOptions
  readonly #startedAtMs = Date.now()
  readonly #dispatcher: Dispatcher
  readonly #port: HttpPort
  readonly #control: LinkServer
  #closing: Promise<void> | undefined

  constructor(options: GatewayOptions) {
    this.#options = options
    this.#dispatcher = new Dispatcher(options)
    this.#port = new HttpPort({
      limits: { ...options.http, bodyLimitBytes: options.bodyLimitBytes },
      onRequest: (request, respond) => this.#accept(request, respond),
    })
    this.#control = new LinkServer({
      socketPath: options.socketPath,
      onCommand: (command) => this.#obey(command as GatewayCommand),
    })
  }

  async start(): Promise<void> {
    this.#dispatcher.start()
    await this.#control.start()
    await this.#port.start(this.#options.listeningSocket)
  }

  /** Answers what is under way and ends. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.#port.close()
      this.#dispatcher.close()
      this.#control.close()
    })()
    return this.#closing
  }

  #accept(request: HttpRequest, respond: Respond): void {
    const { method, url, body, remoteAddress } = request
    const { staticFolder } = this.#options
    if (staticFolder !== undefined && isStaticUrl(url)) {
      sendStaticFile(staticFolder, request, respond)
      return
    }
    const headers = forwardedHeaders(request.headers, remoteAddress)
    this.#dispatcher.dispatch({ method, url, headers, body }, respond)
  }

  #obey(command: GatewayCommand): GatewayStatus | undefined | Promise<void> {
    switch (command.do) {
      case 'status':
        return this.#status()
      case 'pause':
        return this.#dispatcher.pause(command.instance)
      case 'resume':
        this.#dispatcher.resume(command.instance)
        return undefined
      case 'stop':
        setImmediate(() => void this.close())
        return undefined
    }
  }

  #status(): GatewayStatus {
    return {
      pid: process.pid,
      startedAtMs: this.#startedAtMs,
      retried: this.#dispatcher.retried,
      refused: this.#dispatcher.refused,
      instances: { primary: this.#dispatcher.traffic('primary'), backup: this.#dispatcher.traffic('backup') },
    }
  }
}
