import { performance } from 'node:perf_hooks'

/** A turn of the event loop answers requests for so long; heartbeats, commands and answers to be sent then come first. */
const turnMs = 5

/** Undefined once nobody wants it any more. */
type Waiting = { work: (() => void) | undefined }

/** Does work in its order, in turns that are short enough for whatever must not wait behind all of it. */
export class TurnQueue {
  #waiting: Waiting[] = []
  #turnEndsMs = 0
  #isScheduled = false

  get length(): number {
    return this.#waiting.length
  }

  /** Works at once where nothing waits and the turn has time left; otherwise returns what takes the work out again. */
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
