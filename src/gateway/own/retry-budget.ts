/** One hedge is allowed for this many answers, and this many in a burst. */
const answersPerHedge = 10
const maxBurst = 20

/** Limits hedges to a small share of all requests, so that a slow service is not slowed further. */
export class RetryBudget {
  /** In units of answers. */
  #credit = maxBurst * answersPerHedge

  earn(): void {
    this.#credit = Math.min(maxBurst * answersPerHedge, this.#credit + 1)
  }

  /** Whether one more hedge is allowed. */
  spend(): boolean {
    if (this.#credit < answersPerHedge) return false
    this.#credit -= answersPerHedge
    return true
  }
}
