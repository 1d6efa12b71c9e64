/** A complete request up to this size is taken even over the memory limit: refusing it costs as much, and health checks are this small. */
export const smallBytes = 512

/** Above this share of the limit, clients have less time. */
const tightShare = 0.75

/**
 * What the clients of all connections of a port have it keep in memory together: heads and bodies that are still coming, requests
 * that are not answered yet, and answers that are not taken.
 */
export class RequestMemory {
  readonly #limitBytes: number
  #usedBytes = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  get isExceeded(): boolean {
    return this.#usedBytes > this.#limitBytes
  }

  /** By how much the limit is exceeded. */
  get excessBytes(): number {
    return Math.max(0, this.#usedBytes - this.#limitBytes)
  }

  /** Whether so much is in use that slow clients cannot be waited for. */
  get isTight(): boolean {
    return this.#usedBytes > this.#limitBytes * tightShare
  }

  change(byBytes: number): void {
    this.#usedBytes += byBytes
  }
}
