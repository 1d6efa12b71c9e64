/** The minimum of answers before the mean counts. */
const fewestAnswers = 20

/** How many times the usual time counts as late; and what never does, since any machine stalls now and then. */
const lateFactor = 4
const shortestMs = 300

/** A route whose shortest answers take longer may alone keep a worker from answering heartbeats. */
const quickMs = 200

/** By how much the minimum decays with each answer. */
const forgetting = 1.001

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
  #shortestMs = Infinity

  add(durationMs: number): void {
    this.#shortestMs = Math.min(durationMs, this.#shortestMs * forgetting)
    if (this.#count++ === 0) {
      this.#meanMs = durationMs
      this.#deviationMs = durationMs / 2
      return
    }
    const offMs = durationMs - this.#meanMs
    this.#meanMs += offMs * meanGain
    this.#deviationMs += (Math.abs(offMs) - this.#deviationMs) * deviationGain
  }

  /**
   * Whether answers are not known to keep a worker busy for long, so that one that is silent is not at work on them. The
   * shortest say so: all others have also waited their turn.
   */
  get isQuick(): boolean {
    return this.#count < fewestAnswers || this.#shortestMs <= quickMs
  }

  /** After how long an answer is late; `longestMs` at most, and until enough is known. */
  lateAfterMs(longestMs: number): number {
    if (this.#count < fewestAnswers) return longestMs
    const usualMs = this.#meanMs + 4 * this.#deviationMs
    return Math.min(longestMs, Math.max(shortestMs, lateFactor * usualMs))
  }
}
