import type { Caller } from '../caller/caller-finder.ts'
import type { RequestHead } from '../request/request-head.ts'
import type { Answer, StreamedAnswer } from './answer.ts'
import { discard, isStreamed } from './answer.ts'

/** Requests of one connection that may be in flight at once; the client sends more only as far as buffers reach. */
const maxInFlight = 8

/** A request of a connection, and its answer once that is there. */
export type Exchange = {
  /** Undefined if what was received was not a request. */
  readonly head: RequestHead | undefined
  readonly id: string
  readonly caller: Caller
  /** When the whole request was there. */
  readonly beganMs: number
  /** Whether the connection ends with its answer, whatever the client wishes. */
  readonly isLast: boolean
  /** The memory that it uses until its answer is written. */
  heldBytes: number
  answer: Answer | StreamedAnswer | undefined
}

/** The requests in flight on one connection: answered in any order, written in the order in which they came. */
export class Pipeline {
  readonly #exchanges: Exchange[] = []
  #heldBytes = 0

  get isEmpty(): boolean {
    return this.#exchanges.length === 0
  }

  get isFull(): boolean {
    return this.#exchanges.length >= maxInFlight
  }

  /** The memory that its requests and answers use. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  add(exchange: Exchange): void {
    this.#exchanges.push(exchange)
    this.#heldBytes += exchange.heldBytes
  }

  /** Keeps the answer until its turn comes. The first answer counts; false if there was one. */
  settle(exchange: Exchange, answer: Answer | StreamedAnswer): boolean {
    if (exchange.answer !== undefined) return false
    exchange.answer = answer
    const answerBytes = isStreamed(answer) ? 0 : answer.body.length
    exchange.heldBytes += answerBytes
    this.#heldBytes += answerBytes
    return true
  }

  /** Removes and returns the oldest exchange; undefined until that is answered. */
  takeAnswered(): Exchange | undefined {
    const exchange = this.#exchanges[0]
    if (exchange?.answer === undefined) return undefined
    this.#exchanges.shift()
    this.#heldBytes -= exchange.heldBytes
    return exchange
  }

  /** Closes what was to be read for answers that nobody will receive. */
  discard(): void {
    for (const { answer } of this.#exchanges) if (answer !== undefined) discard(answer)
  }
}
