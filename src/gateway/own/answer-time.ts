/** The minimum of answers before the mean counts. */
const minAnswers = 20

/** How many times the usual time counts as late; and what never does, since any machine stalls now and then. */
const lateFactor = 4
const minLateMs = 300

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
  #minMs = Infinity

  add(durationMs: number): void {
    this.#minMs = Math.min(durationMs, this.#minMs * forgetting)
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
   * False if the route's answers are known to keep a worker busy for long, so that one that does not respond may be working on
   * one. Decided by the shortest answers: all others include a wait in the queue.
   */
  get isQuick(): boolean {
    return this.#count < minAnswers || this.#minMs <= quickMs
  }

  /** After how long an answer is late; `maxMs` at most, and until enough is known. */
  lateAfterMs(maxMs: number): number {
    if (this.#count < minAnswers) return maxMs
    const usualMs = this.#meanMs + 4 * this.#deviationMs
    return Math.min(maxMs, Math.max(minLateMs, lateFactor * usualMs))
  }
}
