import type { Server } from 'node:net'
import { createServer } from 'node:net'

import { toErrorReport } from '../contracts/index.ts'
import { listenOn } from '../run-folder/index.ts'
import type { CommandReply } from './command-client.ts'
import type { Frame } from './frame.ts'
import { frameTypes, protocolVersion } from './frame.ts'
import { Link } from './link.ts'

export type LinkServerOptions = {
  readonly socketPath: string
  /** What is sent first on every link, with the version of the protocol. */
  readonly hello?: Readonly<Record<string, unknown>>
  readonly onRequest?: (frame: Frame, link: Link) => void
  /** Nobody waits for the answer to the request `id` of a link any more. */
  readonly onCancel?: (id: number, link: Link) => void
  readonly onCommand: (command: unknown) => unknown
  /**
   * The answer to the command `figures`, given the number of the figures before. Links on which it was asked are sent it once more
   * before they close.
   */
  readonly figures?: (after: number | undefined) => unknown
}

type OpenLink = {
  /** Its other end has announced that it sends no more requests. */
  isQuiet: boolean
  wantsFigures: boolean
}

/** The listening end of links: answers pings and commands itself, and hands requests on. */
export class LinkServer {
  readonly #options: LinkServerOptions
  readonly #server: Server
  readonly #links = new Map<Link, OpenLink>()
  #isLeaving = false
  #onQuiet: () => void = () => undefined

  constructor(options: LinkServerOptions) {
    this.#options = options
    this.#server = createServer((socket) => {
      const link: Link = new Link(socket, {
        onFrame: (frame) => this.#handle(frame, link),
        onClose: () => {
          this.#links.delete(link)
          this.#onQuiet()
        },
        isServer: true,
      })
      this.#links.set(link, { isQuiet: this.#isLeaving, wantsFigures: false })
      if (!this.#isLeaving) link.json('hello', 0, { protocol: protocolVersion, ...options.hello })
    })
  }

  /** Listens; a socket file that a dead process left behind is replaced. Throws `start_failed` if a running process listens there. */
  start(): Promise<void> {
    return listenOn(this.#server, this.#options.socketPath)
  }

  /** Announces that it takes no more requests; resolves when every other end has confirmed it or closed its link. Commands are still taken. */
  async leave(): Promise<void> {
    this.#isLeaving = true
    for (const link of this.#links.keys()) link.signal('goaway', 0)
    await new Promise<void>((resolve) => {
      this.#onQuiet = () => {
        if ([...this.#links.values()].every(({ isQuiet }) => isQuiet)) resolve()
      }
      this.#onQuiet()
    })
  }

  /** Accepts no more links, and closes the open ones when their last answers have been sent. */
  close(): void {
    this.#server.close()
    for (const [link, { wantsFigures }] of this.#links) {
      if (wantsFigures) link.json('reply', 0, { ok: true, value: this.#options.figures?.(undefined) })
      link.end()
    }
  }

  #handle(frame: Frame, link: Link): void {
    switch (frame.type) {
      case frameTypes.request:
        this.#options.onRequest?.(frame, link)
        return
      case frameTypes.cancel:
        this.#options.onCancel?.(frame.id, link)
        return
      case frameTypes.ping:
        link.signal('pong', frame.id)
        return
      case frameTypes.goaway:
        this.#mark(link, { isQuiet: true })
        this.#onQuiet()
        return
      case frameTypes.command:
        void this.#reply(frame, link)
        return
      default:
        // A frame of a later build.
        return
    }
  }

  #mark(link: Link, change: Partial<OpenLink>): void {
    const open = this.#links.get(link)
    if (open !== undefined) Object.assign(open, change)
  }

  #carryOut(command: unknown, link: Link): unknown {
    const { onCommand, figures } = this.#options
    const { do: name, after } = command as { readonly do: string; readonly after?: number }
    if (name !== 'figures' || figures === undefined) return onCommand(command)
    this.#mark(link, { wantsFigures: true })
    return figures(after)
  }

  async #reply(frame: Frame, link: Link): Promise<void> {
    let reply: CommandReply
    try {
      const command: unknown = JSON.parse(frame.payload.toString())
      reply = { ok: true, protocol: protocolVersion, value: (await this.#carryOut(command, link)) ?? null }
    } catch (error) {
      reply = { ok: false, error: toErrorReport(error) }
    }
    link.json('reply', frame.id, reply)
  }
}
