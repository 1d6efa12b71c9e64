import { connect } from 'node:net'

import type { ProcessFigures } from '../../contracts/index.ts'
import { frameTypes, Link } from '../../ipc/index.ts'
import type { ProcessIdentity } from '../../run-folder/index.ts'
import { isAlive } from '../../run-folder/index.ts'

/** How soon to reconnect to a process that lives, and whose link has closed: it is about to exit. */
const reconnectMs = 100

export type FigureLinkOptions = {
  readonly identity: ProcessIdentity
  readonly socketPath: string
  readonly onFigures: (figures: ProcessFigures) => void
  /** The process has ended; called once. */
  readonly onEnded: () => void
}

/**
 * Asks a process for its figures, from when it starts until it ends: one that was replaced may answer its last clients for long,
 * and sends its last figures by itself. A process of an earlier build, which has none, is not asked again.
 */
export class FigureLink {
  readonly #options: FigureLinkOptions
  #link: Link | undefined
  #reconnect: NodeJS.Timeout | undefined
  #isWaiting = false
  #hasNone = false
  #isClosed = false
  /** Called when the answer to the last question is there, or will not come. */
  #onSettled: () => void = () => undefined

  constructor(options: FigureLinkOptions) {
    this.#options = options
    this.#connect()
  }

  /** Asks for the figures since those with the number `after`; resolves when they are there, or will not come. One that does not respond is not asked again before it does. */
  ask(after: number | undefined): Promise<void> {
    if (this.#link === undefined || this.#hasNone || this.#isWaiting) return Promise.resolve()
    this.#isWaiting = true
    this.#link.json('command', 1, { do: 'figures', after })
    return new Promise((resolve) => (this.#onSettled = resolve))
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#reconnect)
    this.#link?.end()
  }

  #connect(): void {
    const { identity, socketPath, onEnded } = this.#options
    const link: Link = new Link(connect(socketPath), {
      onFrame: ({ type, payload }) => {
        if (type === frameTypes.goaway) link.signal('goaway', 0)
        if (type === frameTypes.reply) this.#take(payload)
      },
      onClose: () => {
        this.#link = undefined
        this.#settle()
        if (this.#isClosed) return
        if (isAlive(identity)) {
          this.#reconnect = setTimeout(() => this.#connect(), reconnectMs)
          return
        }
        this.close()
        onEnded()
      },
    })
    this.#link = link
  }

  #take(payload: Buffer): void {
    const { ok, value } = JSON.parse(payload.toString()) as { ok: boolean; value?: ProcessFigures | null }
    // A build before the protocol had a version answers everything with nothing.
    if (!ok || value === undefined || value === null) this.#hasNone = true
    else this.#options.onFigures(value)
    this.#settle()
  }

  #settle(): void {
    this.#isWaiting = false
    this.#onSettled()
  }
}
