/** What the requests of all connections of a port take in memory together: bodies that are still coming, and those not answered yet. */
export class RequestMemory {
  readonly #limitBytes: number
  #usedBytes = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  get isExceeded(): boolean {
    return this.#usedBytes > this.#limitBytes
  }

  change(byBytes: number): void {
    this.#usedBytes += byBytes
  }
}
