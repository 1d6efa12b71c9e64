/** Of so many answers one may be asked for twice because it is late, and so many at once. */
const answersForOne = 10
const mostAtOnce = 20

/** Keeps requests that are sent twice a small share of all, so that a service that slows down is not slowed down further. */
export class RetryBudget {
  /** In answers. */
  #credit = mostAtOnce * answersForOne

  earn(): void {
    this.#credit = Math.min(mostAtOnce * answersForOne, this.#credit + 1)
  }

  /** Whether one more may be sent twice. */
  spend(): boolean {
    if (this.#credit < answersForOne) return false
    this.#credit -= answersForOne
    return true
  }
}
