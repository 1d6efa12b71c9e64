import { connect } from 'node:net'

import { frameTypes, Link } from '../../ipc/index.ts'
import type { ProcessIdentity } from '../../run-folder/index.ts'
import { isAlive } from '../../run-folder/index.ts'

const pingMs = 250

/** How often a process whose link has closed is looked for. */
const lookMs = 20

export type WatchOptions = {
  readonly identity: ProcessIdentity
  readonly socketPath: string
  readonly hangTimeoutMs: number
  /** The process has said nothing for `hangTimeoutMs`; called once. */
  readonly onHung: () => void
  /** The process has ended. */
  readonly onGone: () => void
}

/** Watches a process by a link to it, whoever started it. Ends when the process does, or when it is closed. */
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
    // After what has come meanwhile, so that one who was held up himself does not blame the process.
    this.#timer = setInterval(() => setImmediate(() => this.#ask()), pingMs)
  }

  /** Whether the process has answered what it was asked last, or before. */
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
          this.#reconnect = setTimeout(() => this.#connect(), lookMs)
          return
        }
        this.close()
        onGone()
      },
    })
    this.#link = link
  }

  #ask(): void {
    if (this.#isClosed) return
    this.#unanswered++
    this.#link?.signal('ping', 0)
    // What is asked now has not been answered yet.
    if (this.#unanswered === Math.ceil(this.#options.hangTimeoutMs / pingMs) + 1) this.#options.onHung()
  }
}
