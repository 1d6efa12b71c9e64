/** Of so many answers one may be asked for twice because it is late, and so many at once. */
const answersForOne = 10
const most = 20

/** Keeps requests that are sent twice a small share of all, so that a service that slows down is not slowed down further. */
export class RetryBudget {
  #credit = most

  earn(): void {
    this.#credit = Math.min(most, this.#credit + 1 / answersForOne)
  }

  /** Whether one more may be sent twice. */
  spend(): boolean {
    if (this.#credit < 1) return false
    this.#credit--
    return true
  }
}
