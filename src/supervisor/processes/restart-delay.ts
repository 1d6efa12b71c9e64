const firstDelayMs = 50
/** Shorter than callers wait: a request that killed a worker waits for another than the last one (gateway.answerTimeoutMs). */
const maxDelayMs = 2_000

/** A process that has run this long starts its backoff again. */
const steadyMs = 10_000

/** How long to wait before a process is restarted: twice as long after each failure, up to 2 s. */
export class RestartDelay {
  #failures = 0

  /** The delay after one more failure, in ms. `ranMs` is how long the process ran; undefined if it did not come up. */
  next(ranMs: number | undefined): number {
    if (ranMs !== undefined && ranMs > steadyMs) this.#failures = 0
    const delayMs = Math.min(firstDelayMs * 2 ** this.#failures, maxDelayMs)
    this.#failures++
    return delayMs
  }
}
