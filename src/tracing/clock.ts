/** Two clocks that differ by more have been moved against each other: someone has set the time. */
const maxDriftMs = 2

/**
 * Turns times of `performance.now()` into those of the wall clock, as spans of several processes need them. The wall clock tells
 * whole milliseconds, cut off; the largest difference of many looks is the exact one.
 */
export class Clock {
  readonly #now: { readonly wallMs: () => number; readonly steadyMs: () => number }
  #offsetMs = -Infinity

  constructor(now: { readonly wallMs: () => number; readonly steadyMs: () => number }) {
    this.#now = now
  }

  /** Looks at both clocks; returns the difference that holds for a trace that begins now. */
  offsetMs(): number {
    const offsetMs = this.#now.wallMs() - this.#now.steadyMs()
    const isMoved = Math.abs(offsetMs - this.#offsetMs) > maxDriftMs
    this.#offsetMs = isMoved ? offsetMs : Math.max(offsetMs, this.#offsetMs)
    return this.#offsetMs
  }
}
