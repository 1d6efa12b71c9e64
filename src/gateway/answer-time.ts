/** How many answers must have been seen before they say what is usual. */
const fewestAnswers = 20

/** What counts as late, in times of what is usual; and what never does, since any machine stalls now and then. */
const lateFactor = 4
const shortestMs = 300

/** What is late after this long is slow enough to keep a worker silent by itself. */
const quickMs = 1_000

const meanGain = 1 / 64
const deviationGain = 1 / 32

/**
 * What a route's answers usually take: a moving mean and mean deviation, as TCP keeps them for its own time-outs
 * (RFC 6298), with smaller gains since answers are many.
 */
export class AnswerTime {
  #count = 0
  #meanMs = 0
  #deviationMs = 0

  add(durationMs: number): void {
    if (this.#count++ === 0) {
      this.#meanMs = durationMs
      this.#deviationMs = durationMs / 2
      return
    }
    const offMs = durationMs - this.#meanMs
    this.#meanMs += offMs * meanGain
    this.#deviationMs += (Math.abs(offMs) - this.#deviationMs) * deviationGain
  }

  /** Whether answers are not known to take long, so that a worker that is silent will not give this one. */
  get isQuick(): boolean {
    return this.lateAfterMs(Infinity) <= quickMs || this.#count < fewestAnswers
  }

  /** After how long an answer is late; `longestMs` at most, and until enough is known. */
  lateAfterMs(longestMs: number): number {
    if (this.#count < fewestAnswers) return longestMs
    const usualMs = this.#meanMs + 4 * this.#deviationMs
    return Math.min(longestMs, Math.max(shortestMs, lateFactor * usualMs))
  }
}
