import { connect } from 'node:net'

import { frameTypes, Link } from '../../ipc/index.ts'
import type { ProcessIdentity } from '../../run-folder/index.ts'
import { isAlive } from '../../run-folder/index.ts'

const pingMs = 250

/** How soon to reconnect to a process whose link has closed. */
const reconnectMs = 20

export type WatchOptions = {
  readonly identity: ProcessIdentity
  readonly socketPath: string
  readonly hangTimeoutMs: number
  /** The process has not responded for `hangTimeoutMs`; called once. */
  readonly onHung: () => void
  /** The process has ended. */
  readonly onGone: () => void
}

/** Watches a process by a link to it, whichever process started it. Ends when the process does, or when it is closed. */
export class ProcessWatch {
  readonly #options: WatchOptions
  readonly #timer: NodeJS.Timeout
  #link: Link | undefined
  #reconnect: NodeJS.Timeout | undefined
  #unanswered = 0
  #isClosed = false

  constructor(options: WatchOptions) {
    this.#options = options
    this.#connect()
    // After what has arrived meanwhile: if this process was held up itself, it does not blame the other one.
    this.#timer = setInterval(() => setImmediate(() => this.#ping()), pingMs)
  }

  /** Whether the process has answered the last ping or the one before it. */
  get isHeard(): boolean {
    return this.#unanswered <= 1
  }

  close(): void {
    this.#isClosed = true
    clearInterval(this.#timer)
    clearTimeout(this.#reconnect)
    this.#link?.end()
  }

  #connect(): void {
    const { identity, socketPath, onGone } = this.#options
    const link: Link = new Link(connect(socketPath), {
      onFrame: ({ type }) => {
        this.#unanswered = 0
        if (type === frameTypes.goaway) link.signal('goaway', 0)
      },
      onClose: () => {
        this.#link = undefined
        if (this.#isClosed) return
        if (isAlive(identity)) {
          this.#reconnect = setTimeout(() => this.#connect(), reconnectMs)
          return
        }
        this.close()
        onGone()
      },
    })
    this.#link = link
  }

  #ping(): void {
    if (this.#isClosed) return
    this.#unanswered++
    this.#link?.signal('ping', 0)
    // The ping of this moment cannot have been answered yet.
    if (this.#unanswered === Math.ceil(this.#options.hangTimeoutMs / pingMs) + 1) this.#options.onHung()
  }
}
