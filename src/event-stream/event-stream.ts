import { performance } from 'node:perf_hooks'

import type {
  FollowDeploy,
  HistoryEntry,
  StreamEvent,
  StreamTime,
  WatchedSecond,
  WatchedStatus,
} from '../contracts/index.ts'
import { ChangeoverError } from '../contracts/index.ts'
import { NewEntries } from './new-entries.ts'
import { RunningDeploys } from './running-deploys.ts'
import { SecondRing } from './second-ring.ts'

/** Where the lines go. */
export type StreamReader = {
  readonly send: (line: string) => void
  /** Whether so much that was sent still waits for the reader that it must get no more. */
  readonly isBehind: () => boolean
  /** Ends it when it has taken what was sent: nothing more will be sent. */
  readonly end: () => void
  /** Ends it at once, whatever it has not taken. */
  readonly drop: () => void
}

export type EventStreamOptions = {
  /** Asked for at most each second, and only while somebody reads. */
  readonly status: () => Promise<WatchedStatus>
  /** The latest entries, oldest first. Asked for each second while somebody reads, so it is cheap if nothing has changed. */
  readonly history: () => readonly HistoryEntry[]
  readonly maxReaders?: number
  readonly secondMs?: number
  /** How long a reader may be behind before it is ended. */
  readonly maxBehindMs?: number
  /** A clock that is never set; the process's own unless given. */
  readonly upMs?: () => number
}

/** The same without the time of its line. */
type Untimed = StreamEvent extends infer Event
  ? Event extends StreamEvent
    ? Omit<Event, 'atMs' | 'upMs'>
    : never
  : never

/** A reader; `behindSince` is when it was last sent everything, if it is behind. */
type Following = { readonly reader: StreamReader; behindSinceMs: number | undefined }

/** A status that takes long is asked for less often: this share of the time at most. */
const maxStatusShare = 0.05

/**
 * Tells readers what happens to a stack. Each line is written once for all of them. A reader that does not keep up misses lines,
 * and gets a new snapshot when it has read what was sent, so nothing grows with a slow one.
 */
export class EventStream {
  readonly #options: Required<EventStreamOptions>
  readonly #readers = new Set<Following>()
  /** How many wait for their snapshot. */
  #joining = 0
  readonly #ring = new SecondRing()
  readonly #entries = new NewEntries()
  #history: readonly HistoryEntry[] = []
  readonly #deploys: RunningDeploys
  #timer: NodeJS.Timeout | undefined
  #isTicking = false
  #lastSecondMs: number
  #status: { readonly text: string; readonly value: WatchedStatus } | undefined
  #statusDueMs = 0
  #statusRead: Promise<void> | undefined
  /** The line of a snapshot, until something changes. */
  #snapshot: string | undefined

  constructor(options: EventStreamOptions) {
    this.#options = {
      maxReaders: 100,
      secondMs: 1_000,
      maxBehindMs: 60_000,
      upMs: () => performance.now(),
      ...options,
    }
    this.#lastSecondMs = this.#options.upMs()
    this.#deploys = new RunningDeploys(
      (deploy) => this.#tellOfDeploy({ type: 'deploy', deploy }),
      (id, event) => this.#tellOfDeploy({ type: 'deployEvent', id, event }),
    )
  }

  /** Is to be told of every deploy. */
  get followDeploy(): FollowDeploy {
    return this.#deploys.follow
  }

  start(): void {
    this.#lastSecondMs = this.#options.upMs()
    this.#timer = setInterval(() => void this.#tick(), this.#options.secondMs)
  }

  /** Tells the readers that this is the end. */
  close(): void {
    clearInterval(this.#timer)
    this.#publish({ type: 'closed' })
    for (const { reader } of this.#readers)
      if (reader.isBehind()) reader.drop()
      else reader.end()
    this.#readers.clear()
  }

  /**
   * Sends a reader a snapshot and then what happens, until the function that is returned is called. Throws `overloaded` if there
   * are too many readers.
   */
  async follow(reader: StreamReader): Promise<() => void> {
    const { maxReaders } = this.#options
    if (this.#readers.size + this.#joining >= maxReaders)
      throw new ChangeoverError(
        'overloaded',
        `${maxReaders} readers follow the events already, and that is the limit; close a page or a \`changeover status --watch\``,
      )
    this.#joining++
    try {
      if (this.#readers.size === 0) this.#statusDueMs = 0
      await this.#readStatus()
    } finally {
      this.#joining--
    }
    this.#tellOfHistory()
    reader.send(this.#describe())
    const following: Following = { reader, behindSinceMs: undefined }
    this.#readers.add(following)
    return () => void this.#readers.delete(following)
  }

  /** Is to be told of what each second held. */
  second(figures: WatchedSecond): void {
    this.#lastSecondMs = this.#options.upMs()
    this.#ring.add({ ...figures, processes: [] })
    this.#publish({ type: 'figures', figures })
  }

  async #tick(): Promise<void> {
    const nowMs = this.#options.upMs()
    const durationMs = nowMs - this.#lastSecondMs
    // Readers count on a line each second, also while nobody answers.
    if (durationMs > 2 * this.#options.secondMs)
      this.second({ atMs: Date.now(), durationMs, gateway: null, models: [], processes: [] })
    if (this.#isTicking || this.#readers.size === 0) return
    this.#isTicking = true
    try {
      this.#endBehind(nowMs)
      this.#tellOfHistory()
      // If it fails, the next second tries again.
      await this.#readStatus().catch(() => undefined)
    } finally {
      this.#isTicking = false
    }
  }

  #tellOfDeploy(event: Untimed): void {
    this.#publish(event)
    // What is served, and which process is paused, may have changed.
    this.#statusDueMs = 0
  }

  #tellOfHistory(): void {
    try {
      this.#history = this.#options.history()
    } catch {
      // The store cannot be read at this moment; the next second tries again.
      return
    }
    for (const entry of this.#entries.take(this.#history)) this.#publish({ type: 'history', entry })
  }

  /** Asks for the status if it is time, and tells what has changed. */
  #readStatus(): Promise<void> {
    const begunMs = this.#options.upMs()
    if (this.#statusRead !== undefined) return this.#statusRead
    if (begunMs < this.#statusDueMs) return Promise.resolve()
    this.#statusDueMs = Infinity
    this.#statusRead = this.#options
      .status()
      .then((value) => {
        const text = JSON.stringify(value)
        if (text === this.#status?.text) return
        this.#status = { text, value }
        this.#publish({ type: 'status', status: value })
      })
      .finally(() => {
        this.#statusRead = undefined
        const endedMs = this.#options.upMs()
        // Unless something has happened meanwhile.
        if (this.#statusDueMs !== 0) this.#statusDueMs = endedMs + (endedMs - begunMs) / maxStatusShare
      })
    return this.#statusRead
  }

  #publish(event: Untimed): void {
    this.#snapshot = undefined
    if (this.#readers.size === 0) return
    const line = this.#writeLine(event)
    for (const following of this.#readers) {
      if (following.reader.isBehind()) following.behindSinceMs ??= this.#options.upMs()
      else if (following.behindSinceMs === undefined) following.reader.send(line)
      else {
        following.behindSinceMs = undefined
        following.reader.send(this.#describe())
      }
    }
  }

  #endBehind(nowMs: number): void {
    for (const following of this.#readers) {
      const { reader, behindSinceMs = nowMs } = following
      if (nowMs - behindSinceMs < this.#options.maxBehindMs) continue
      this.#readers.delete(following)
      reader.drop()
    }
  }

  /** Everything as it is now, as a line. */
  #describe(): string {
    if (this.#status === undefined) throw new Error('the status has not been read')
    this.#snapshot ??= this.#writeLine({
      type: 'snapshot',
      status: this.#status.value,
      deploys: this.#deploys.list(),
      series: this.#ring.list(),
      history: this.#history,
    })
    return this.#snapshot
  }

  #writeLine(event: Untimed): string {
    const time: StreamTime = { atMs: Date.now(), upMs: Math.round(this.#options.upMs()) }
    return `${JSON.stringify({ ...time, ...event })}\n`
  }
}
