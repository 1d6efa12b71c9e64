import type { StreamTime } from '../../src/contracts/stream.ts'

/** The clocks of the browser: one that may be set, and one that may stand still while the machine sleeps. In milliseconds. */
export type Clocks = { readonly dateMs: number; readonly steadyMs: number }

/** What was written so long ago is not shown as fresh. A line comes each second. */
export const staleAfterMs = 4_000

/** Two clocks drift apart by less than this share. */
const maxDrift = 0.001

/**
 * Knows how old the last line of a stream is, and what time it is at the server. The clock of the browser's machine may be wrong,
 * lines may be late, and the machine may have slept.
 */
export class Freshness {
  #last: { readonly time: StreamTime; readonly at: Clocks; readonly lateMs: number } | undefined
  /** The smallest difference between the steady clocks: that of the line which was least late. */
  #offsetMs: number | undefined

  /** A line has come. The first one of each stream is a snapshot: another supervisor may have written it. */
  note(time: StreamTime, at: Clocks, isFirst: boolean): void {
    const offsetMs = at.steadyMs - time.upMs
    const before = isFirst ? undefined : this.#offsetMs
    const elapsedMs = this.#last === undefined ? 0 : Math.max(0, at.steadyMs - this.#last.at.steadyMs)
    const best = before === undefined ? offsetMs : Math.min(offsetMs, before + elapsedMs * maxDrift)
    this.#offsetMs = best
    this.#last = { time, at, lateMs: offsetMs - best }
  }

  /** How long ago the last line was written; infinite if there was none. */
  ageMs(now: Clocks): number {
    if (this.#last === undefined) return Infinity
    return this.#last.lateMs + elapsed(this.#last.at, now)
  }

  /** The time of the server; undefined before the first line. */
  serverMs(now: Clocks): number | undefined {
    if (this.#last === undefined) return undefined
    return this.#last.time.atMs + this.ageMs(now)
  }

  /** When the last line was written, by the server's clock. */
  get lastMs(): number | undefined {
    return this.#last?.time.atMs
  }
}

/** Whichever clock has gone further: the other may have stood still, or may have been set back. */
function elapsed(from: Clocks, to: Clocks): number {
  return Math.max(0, to.steadyMs - from.steadyMs, to.dateMs - from.dateMs)
}
