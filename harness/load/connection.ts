import type { Socket } from 'node:net'
import { connect } from 'node:net'

import { toMessage } from '../../src/contracts/index.ts'
import type { Exchange } from '../judge/index.ts'
import type { ReadAnswer } from './answer-reader.ts'
import { AnswerReader } from './answer-reader.ts'

export type Address = { readonly host: string; readonly port: number }

/** How a request ended. `unread`: the server has said that it reads no further request here, so that it may be sent again elsewhere. */
export type AskResult = 'answered' | 'failed' | 'unread'

type Waiting = {
  readonly exchange: Exchange
  readonly settle: (result: AskResult) => void
  readonly timer: NodeJS.Timeout
}

const surplusCharacters = 200

/**
 * One HTTP/1.1 connection. Answers belong to requests by their order alone, so it keeps count: bytes that come when no
 * request waits are put down as one more answer to the last request.
 */
export class Connection {
  readonly #socket: Socket
  readonly #reader = new AnswerReader()
  readonly #waiting: Waiting[] = []
  readonly #answerTimeoutMs: number
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>
  #last: Exchange | undefined
  #isOpen = true
  #keepAliveMs: number | undefined

  constructor({ host, port }: Address, answerTimeoutMs: number) {
    this.#answerTimeoutMs = answerTimeoutMs
    this.#socket = connect({ host, port, noDelay: true })
    this.#socket.on('data', (chunk) => this.#take(chunk))
    this.#socket.on('end', () => this.#ended())
    this.#socket.on('error', (error) => this.#lose(error.message))
    this.closed = new Promise((resolve) => {
      this.#socket.once('close', () => {
        this.#lose('the connection was closed before an answer')
        resolve()
      })
    })
  }

  /** Whether another request may be sent here. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** How long the server says that it keeps an idle connection. */
  get keepAliveMs(): number | undefined {
    return this.#keepAliveMs
  }

  /** Waits for the answer to a request whose bytes are written with `write`, after all requests before it. */
  expect(exchange: Exchange): Promise<AskResult> {
    return new Promise((settle) => {
      const timer = setTimeout(
        () => this.destroy(`no answer within ${this.#answerTimeoutMs} ms`),
        this.#answerTimeoutMs,
      )
      this.#last = exchange
      this.#waiting.push({ exchange, settle, timer })
    })
  }

  write(bytes: Buffer): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes)
  }

  /** Gives the connection up; requests that still wait have failed for this reason. */
  destroy(reason: string): void {
    this.#lose(reason)
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    const atMs = performance.now()
    try {
      for (const answer of this.#reader.read(chunk)) this.#give(answer, atMs)
    } catch (error) {
      this.destroy(toMessage(error))
      return
    }
    if (this.#waiting.length === 0 && this.#reader.hasRest) this.#noteSurplus(this.#reader.rest, atMs)
  }

  #give({ status, headers, body }: ReadAnswer, atMs: number): void {
    const waiting = this.#waiting.shift()
    const exchange = waiting?.exchange ?? this.#last
    exchange?.answers.push({
      atMs,
      status,
      version: headers.get('x-model-version'),
      hasRetryAfter: headers.has('retry-after'),
      body,
    })
    if (waiting === undefined) this.#socket.destroy()
    else this.#settle(waiting, 'answered')
    const keepAlive = /timeout=(\d+)/.exec(headers.get('keep-alive') ?? '')?.[1]
    if (keepAlive !== undefined) this.#keepAliveMs = Number(keepAlive) * 1_000
    if (headers.get('connection')?.toLowerCase() === 'close') this.#readNoMore()
  }

  /** The server has said that this was its last answer here: what waits behind it was not read. */
  #readNoMore(): void {
    this.#isOpen = false
    for (const waiting of this.#waiting.splice(0)) this.#settle(waiting, 'unread')
  }

  #noteSurplus(text: string, atMs: number): void {
    const body = text.slice(0, surplusCharacters)
    this.#last?.answers.push({ atMs, status: 0, version: undefined, hasRetryAfter: false, body })
    this.#isOpen = false
    this.#socket.destroy()
  }

  #ended(): void {
    const answer = this.#reader.end()
    if (answer !== undefined) this.#give(answer, performance.now())
    else if (this.#reader.hasRest) this.#lose('the connection ended in the middle of an answer')
    this.#isOpen = false
  }

  #lose(reason: string): void {
    this.#isOpen = false
    for (const waiting of this.#waiting.splice(0)) {
      waiting.exchange.failure = reason
      this.#settle(waiting, 'failed')
    }
  }

  #settle({ timer, settle }: Waiting, result: AskResult): void {
    clearTimeout(timer)
    settle(result)
  }
}
