import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { Readable } from 'node:stream'

import type { ErrorReport } from '../contracts/index.ts'
import { toErrorReport } from '../contracts/index.ts'
import type { Answer, StreamedAnswer } from './answer/answer.ts'
import { discard, isStreamed, problemAnswer } from './answer/answer.ts'
import { AnswerWriter } from './answer/answer-writer.ts'
import type { Framing } from './answer/format-answer.ts'
import type { Exchange } from './answer/pipeline.ts'
import { Pipeline } from './answer/pipeline.ts'
import type { Peer } from './caller/caller-finder.ts'
import { identifyRequest } from './caller/request-id.ts'
import type { ConnectionOptions } from './connection-options.ts'
import type { Awaited } from './deadline.ts'
import { deadlineMs } from './deadline.ts'
import type { ReaderPart, ReadRequest } from './request/request-reader.ts'
import { RequestReader } from './request/request-reader.ts'
import { smallBytes } from './request-memory.ts'

const outOfMemory: ErrorReport = {
  code: 'overloaded',
  message: 'clients hold too much memory at the moment; try again in a second',
}

/**
 * Requests are read; or no more are, but those that came are still answered; or all that is to be sent is on its way, and the
 * client is given time to read it.
 */
type Phase = 'reading' | 'answering' | 'closing'

/** One client's connection: its requests are handed over whole, and answered in their order. */
export class Connection {
  readonly #socket: Socket
  readonly #options: ConnectionOptions
  readonly #peer: Peer
  readonly #reader: RequestReader
  readonly #writer: AnswerWriter
  readonly #pipeline = new Pipeline()
  #phase: Phase = 'reading'
  /** The client has closed its side; it may still read. */
  #inputEnded = false
  /** The answer that is sent as it is read; the ones behind it wait. */
  #streamed: Readable | undefined
  /** The memory that was reported to the port. */
  #countedBytes = 0
  /** Which part of a request is waited for, and since when; bytes that trickle in do not restart the time. */
  #part: ReaderPart = 'nothing'
  #sinceMs = performance.now()
  #isPaused = false
  #isTaking = false
  #isScheduled = false

  constructor(socket: Socket, peer: Peer, options: ConnectionOptions) {
    this.#socket = socket
    this.#peer = peer
    this.#options = options
    this.#reader = new RequestReader(options.limits)
    this.#writer = new AnswerWriter(socket)
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('end', () => {
      this.#inputEnded = true
      this.#proceed()
    })
    socket.on('drain', () => {
      this.#touch()
      this.#proceed()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => this.#abandon())
  }

  /** Ends what takes too long; the port calls it regularly. */
  expire(nowMs: number): void {
    this.#countMemory()
    const { limits, memory } = this.#options
    const awaited = this.#awaited
    const limitMs = deadlineMs(awaited, limits, memory.isTight && this.#countedBytes > 0)
    if (nowMs - this.#sinceMs <= limitMs) return
    if (awaited === 'head' || awaited === 'body') this.#refuseLate(awaited)
    else this.#socket.destroy()
  }

  /** Closes the connection if it has been idle for a moment. */
  closeIdle(nowMs: number, momentMs: number): void {
    const isIdle = this.#awaited === 'nothing' || this.#awaited === 'closing'
    if (isIdle && nowMs - this.#sinceMs > momentMs) this.#socket.destroy()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Whether the connection has ended, so that nobody can be answered. */
  get isGone(): boolean {
    return this.#socket.destroyed
  }

  get #isAnswering(): boolean {
    return !this.#pipeline.isEmpty || this.#streamed !== undefined
  }

  get #awaited(): Awaited {
    if (this.#socket.writableLength > 0) return 'taking its answers'
    if (this.#phase === 'closing') return 'closing'
    return this.#isAnswering ? 'us' : this.#reader.part
  }

  #receive(chunk: Buffer): void {
    if (this.#phase !== 'reading') return
    this.#reader.push(chunk)
    this.#proceed()
    if (this.#options.memory.isExceeded && this.#reader.part !== 'nothing') this.#refuseForMemory()
  }

  /** Does what can be done now: writes answers, takes requests that have arrived, sends everything in one write. */
  #proceed(): void {
    if (this.#socket.destroyed) return
    this.#writeAnswered()
    this.#takeRequests()
    if (this.#inputEnded) this.#conclude()
    this.#writer.flush()
    if (this.#phase === 'closing' && !this.#socket.writableEnded) this.#socket.end(() => this.#touch())
    this.#throttle()
    this.#countMemory()
  }

  #countMemory(): void {
    const heldBytes = this.#pipeline.heldBytes + this.#reader.heldBytes + this.#socket.writableLength
    if (heldBytes === this.#countedBytes) return
    this.#options.memory.change(heldBytes - this.#countedBytes)
    this.#countedBytes = heldBytes
  }

  /** A client that does not read its answers, or sends ahead of them, is not read from. */
  #throttle(): void {
    if (this.#isFull === this.#isPaused) return
    this.#isPaused = this.#isFull
    if (this.#isPaused) this.#socket.pause()
    else this.#socket.resume()
  }

  get #isFull(): boolean {
    return this.#phase === 'reading' && (this.#pipeline.isFull || this.#socket.writableNeedDrain)
  }

  #takeRequests(): void {
    this.#isTaking = true
    while (this.#phase === 'reading' && !this.#isFull) {
      const request = this.#next()
      if (request === undefined) break
      this.#begin(request)
    }
    this.#isTaking = false
  }

  #next(): ReadRequest | undefined {
    try {
      const request = this.#reader.next()
      if (request === undefined) this.#await(this.#reader.part)
      return request
    } catch (error) {
      this.#refuse(toErrorReport(error))
      return undefined
    }
  }

  #await(part: ReaderPart): void {
    if (part !== this.#part) {
      this.#part = part
      this.#touch()
    }
    if (!this.#isAnswering && this.#reader.takeContinue()) this.#writer.continue()
  }

  #begin({ head, body, heldBytes }: ReadRequest): void {
    const { method, url, headers } = head
    if (!head.keepAlive) this.#phase = 'answering'
    const id = identifyRequest(headers)
    const caller = this.#options.callers.find(headers, this.#peer)
    const exchange: Exchange = {
      head,
      id,
      caller,
      beganMs: performance.now(),
      isLast: false,
      heldBytes,
      answer: undefined,
    }
    this.#pipeline.add(exchange)
    if (this.#options.memory.isExceeded && heldBytes > smallBytes) {
      this.#settle(exchange, problemAnswer(outOfMemory))
      return
    }
    const request = { method, url, headers, body, id, caller, client: this }
    this.#options.onRequest(request, (answer) => this.#settle(exchange, answer))
  }

  /** Answers that come later wait for the end of the turn, so that others can leave with them. */
  #settle(exchange: Exchange, answer: Answer | StreamedAnswer): void {
    if (this.#socket.destroyed || !this.#pipeline.settle(exchange, answer)) {
      discard(answer)
      return
    }
    if (this.#isTaking) this.#writeAnswered()
    else if (!this.#isScheduled) {
      this.#isScheduled = true
      process.nextTick(() => {
        this.#isScheduled = false
        this.#proceed()
      })
    }
  }

  #writeAnswered(): void {
    while (this.#streamed === undefined) {
      const exchange = this.#pipeline.takeAnswered()
      if (exchange?.answer === undefined) return
      this.#write(exchange, exchange.answer)
    }
  }

  #write(exchange: Exchange, answer: Answer | StreamedAnswer): void {
    const { head, id, isLast } = exchange
    const keepAlive = head?.keepAlive === true
    const framing = {
      isHead: head?.method === 'HEAD',
      saysKeepAlive: keepAlive && head.isOldVersion,
      isLast: isLast || !keepAlive || this.#isLastOfAll,
      requestId: id,
      lines: this.#options.cors?.linesFor(head?.headers) ?? '',
    }
    this.#touch()
    if (isStreamed(answer)) {
      this.#stream(answer, framing, exchange)
      return
    }
    const bodyBytes = this.#writer.whole(answer, framing)
    this.#report(exchange, answer, bodyBytes)
    if (framing.isLast) this.#end()
  }

  #stream(answer: StreamedAnswer, framing: Framing, exchange: Exchange): void {
    this.#streamed = answer.body
    this.#writer.stream(answer, framing, (bodyBytes) => {
      this.#report(exchange, answer, bodyBytes)
      this.#streamed = undefined
      this.#touch()
      if (framing.isLast) this.#end()
      this.#proceed()
    })
  }

  #report(
    { head, id, caller, beganMs }: Exchange,
    { status }: Pick<Answer, 'status'>,
    bodyBytes: number,
  ): void {
    const { onAnswered } = this.#options
    if (onAnswered === undefined) return
    onAnswered({ head, id, caller, status, bodyBytes, durationMs: performance.now() - beganMs })
  }

  /** On a port that is closing, the last answer of a connection announces it. */
  get #isLastOfAll(): boolean {
    return this.#options.isClosing() && this.#pipeline.isEmpty && this.#reader.part === 'nothing'
  }

  /** The client has closed its side; it still gets the answer to every request. */
  #conclude(): void {
    if (this.#isAnswering || this.#isFull || this.#phase === 'closing') return
    if (this.#reader.part === 'nothing') this.#end()
    else this.#refuse({ code: 'bad_request', message: 'the connection ended in the middle of a request' })
  }

  #refuseForMemory(): void {
    if (this.#phase !== 'reading') return
    this.#refuse(outOfMemory)
    this.#proceed()
  }

  #refuseLate(part: 'head' | 'body'): void {
    const { headersTimeoutMs, bodyTimeoutMs } = this.#options.limits
    const message =
      part === 'head'
        ? `the request line and headers took over ${headersTimeoutMs} ms`
        : `the body took over ${bodyTimeoutMs} ms`
    this.#refuse({ code: 'request_timeout', message: `${message}; send the request again` })
    this.#proceed()
  }

  /** The start of the next request is unknown, or no more are taken: this answer is the last one. */
  #refuse(error: ErrorReport): void {
    const head = this.#reader.unfinished
    const exchange: Exchange = {
      head,
      id: identifyRequest(head?.headers),
      caller: head === undefined ? this.#peer : this.#options.callers.find(head.headers, this.#peer),
      beganMs: performance.now(),
      isLast: true,
      heldBytes: 0,
      answer: undefined,
    }
    this.#phase = 'answering'
    this.#reader.drop()
    this.#pipeline.add(exchange)
    this.#pipeline.settle(exchange, problemAnswer(error))
    this.#writeAnswered()
  }

  /** Nothing is sent any more. The socket closes when the client has seen it, or after a while. */
  #end(): void {
    this.#phase = 'closing'
    this.#touch()
  }

  /** The client has disconnected; closes what was to be read for it. */
  #abandon(): void {
    this.#options.memory.change(-this.#countedBytes)
    this.#countedBytes = 0
    this.#streamed?.destroy()
    this.#pipeline.discard()
  }

  #touch(): void {
    this.#sinceMs = performance.now()
  }
}
