import { performance } from 'node:perf_hooks'

/** How long one turn of the event loop answers requests; then heartbeats, commands and answers to be sent come first. */
const turnMs = 5

/** Undefined once it was cancelled. */
type Waiting = { work: (() => void) | undefined }

/** Does work in order, in turns so short that urgent work need not wait behind all of it. */
export class TurnQueue {
  #waiting: Waiting[] = []
  #turnEndsMs = 0
  #isScheduled = false

  get length(): number {
    return this.#waiting.length
  }

  /** Does the work at once if nothing waits and the turn has time left; else queues it and returns a function that cancels it. */
  add(work: () => void): (() => void) | undefined {
    if (this.#waiting.length === 0 && this.#hasTime()) {
      work()
      return undefined
    }
    const waiting: Waiting = { work }
    this.#waiting.push(waiting)
    return () => void (waiting.work = undefined)
  }

  #hasTime(): boolean {
    const nowMs = performance.now()
    if (!this.#isScheduled) {
      this.#isScheduled = true
      this.#turnEndsMs = nowMs + turnMs
      setImmediate(() => this.#nextTurn())
    }
    return nowMs < this.#turnEndsMs
  }

  #nextTurn(): void {
    this.#isScheduled = false
    const waiting = this.#waiting
    let done = 0
    while (done < waiting.length && this.#hasTime()) waiting[done++]?.work?.()
    this.#waiting = waiting.slice(done)
  }
}
