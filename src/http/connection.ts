import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { Readable } from 'node:stream'

import { toErrorReport } from '../contracts/index.ts'
import type { ErrorReport } from '../contracts/index.ts'
import { discard, isStreamed, problemAnswer } from './answer.ts'
import type { Answer, StreamedAnswer } from './answer.ts'
import { AnswerWriter } from './answer-writer.ts'
import type { ConnectionOptions } from './connection-options.ts'
import type { Framing } from './format-answer.ts'
import { RequestReader } from './request-reader.ts'
import type { RequestHead } from './request-head.ts'
import type { ReaderPart, ReadRequest } from './request-reader.ts'

/** Requests of one connection that may be under way at once; the client sends more only as far as buffers reach. */
const maxUnderWay = 8

/** A whole request so small is taken while memory is exceeded: to refuse it costs as much, and health checks are among them. */
const smallBytes = 512

/** How many times less time clients have for their part while memory is tight, so that slow ones do not shut out all others. */
const tightHaste = 10

/** After the last answer a client may send on for this long, so that it reads that answer instead of a reset (RFC 9112, 9.6). */
const lingerMs = 5_000

const outOfMemory: ErrorReport = {
  code: 'overloaded',
  message: 'clients hold too much memory at the moment; try again in a second',
}

type Exchange = {
  /** Undefined where what had come was no request; its answer is the last one. */
  readonly head: RequestHead | undefined
  /** What it takes in memory until its answer is written. */
  heldBytes: number
  answer: Answer | StreamedAnswer | undefined
}

/** One client's connection: its requests are handed over whole, and answered in their order. */
export class Connection {
  readonly #socket: Socket
  readonly #options: ConnectionOptions
  readonly #remoteAddress: string
  readonly #reader: RequestReader
  readonly #writer: AnswerWriter
  readonly #underWay: Exchange[] = []
  #streamed: Readable | undefined
  #underWayBytes = 0
  #countedBytes = 0
  /** What the client is waited for, and since when; bytes that trickle in do not begin the time anew. */
  #awaited: ReaderPart = 'nothing'
  #sinceMs = performance.now()
  /** No request is taken any more: the last one is here, or what came is none. */
  #isDeaf = false
  #inputEnded = false
  #outputEnded = false
  #isPaused = false
  #isAdvancing = false
  #isScheduled = false

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket
    this.#options = options
    this.#remoteAddress = plainAddress(socket.remoteAddress)
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

  /** Ends what takes too long; the port asks now and then. */
  expire(nowMs: number): void {
    this.#countMemory()
    const haste = this.#options.memory.isTight && this.#countedBytes > 0 ? tightHaste : 1
    const waitedMs = (nowMs - this.#sinceMs) * haste
    const { headersTimeoutMs, bodyTimeoutMs, sendTimeoutMs, keepAliveTimeoutMs } = this.#options.limits
    if (this.#socket.writableLength > 0) {
      if (waitedMs > sendTimeoutMs) this.#socket.destroy()
    } else if (this.#outputEnded) {
      if (nowMs - this.#sinceMs > lingerMs) this.#socket.destroy()
    } else if (!this.#isAnswering) {
      if (this.#awaited === 'nothing') {
        if (waitedMs > keepAliveTimeoutMs) this.#socket.destroy()
      } else if (waitedMs > (this.#awaited === 'head' ? headersTimeoutMs : bodyTimeoutMs)) {
        this.#refuseLate(this.#awaited)
      }
    }
  }

  /** Closes the connection if nothing has been under way on it for a moment. */
  closeIdle(nowMs: number, momentMs: number): void {
    if (this.#isAnswering || this.#socket.writableLength > 0) return
    if (!this.#outputEnded && this.#reader.part !== 'nothing') return
    if (nowMs - this.#sinceMs > momentMs) this.#socket.destroy()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Whether the connection has ended, so that nobody can be answered. */
  get isGone(): boolean {
    return this.#socket.destroyed
  }

  get #isAnswering(): boolean {
    return this.#underWay.length > 0 || this.#streamed !== undefined
  }

  #receive(chunk: Buffer): void {
    if (this.#isDeaf) return
    this.#reader.push(chunk)
    this.#proceed()
    if (this.#options.memory.isExceeded && this.#reader.part !== 'nothing') this.#refuseForMemory()
  }

  /** Does whatever can be done now: writes what is answered, takes requests that are there, sends all of it in one write. */
  #proceed(): void {
    if (this.#socket.destroyed) return
    this.#writeReady()
    this.#advance()
    if (this.#inputEnded) this.#conclude()
    this.#writer.flush()
    if (this.#outputEnded && !this.#socket.writableEnded) this.#socket.end(() => this.#touch())
    this.#throttle()
    this.#countMemory()
  }

  #countMemory(): void {
    const heldBytes = this.#underWayBytes + this.#reader.heldBytes + this.#socket.writableLength
    if (heldBytes === this.#countedBytes) return
    this.#options.memory.change(heldBytes - this.#countedBytes)
    this.#countedBytes = heldBytes
  }

  #refuseForMemory(): void {
    if (this.#isDeaf) return
    this.#refuse(outOfMemory)
    this.#proceed()
  }

  /** A client that does not read its answers, or sends ahead of them, is not read from. */
  #throttle(): void {
    if (this.#isFull === this.#isPaused) return
    this.#isPaused = this.#isFull
    if (this.#isPaused) this.#socket.pause()
    else this.#socket.resume()
  }

  get #isFull(): boolean {
    return !this.#isDeaf && (this.#underWay.length >= maxUnderWay || this.#socket.writableNeedDrain)
  }

  #advance(): void {
    this.#isAdvancing = true
    while (!this.#isDeaf && !this.#isFull) {
      const request = this.#next()
      if (request === undefined) break
      this.#begin(request)
    }
    this.#isAdvancing = false
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
    if (part !== this.#awaited) {
      this.#awaited = part
      this.#touch()
    }
    if (!this.#isAnswering && this.#reader.takeContinue()) this.#writer.continue()
  }

  #begin({ head, body, heldBytes }: ReadRequest): void {
    const { method, url, headers } = head
    if (!head.keepAlive) this.#isDeaf = true
    const exchange: Exchange = { head, heldBytes, answer: undefined }
    this.#underWay.push(exchange)
    this.#underWayBytes += heldBytes
    if (this.#options.memory.isExceeded && heldBytes > smallBytes) {
      this.#settle(exchange, problemAnswer(outOfMemory))
      return
    }
    const request = { method, url, headers, body, remoteAddress: this.#remoteAddress, client: this }
    this.#options.onRequest(request, (answer) => this.#settle(exchange, answer))
  }

  /** Answers that come later wait for the end of the turn, where others may leave with them. */
  #settle(exchange: Exchange, answer: Answer | StreamedAnswer): void {
    if (exchange.answer !== undefined || this.#socket.destroyed) {
      discard(answer)
      return
    }
    exchange.answer = answer
    this.#hold(exchange, isStreamed(answer) ? 0 : answer.body.length)
    if (this.#isAdvancing) this.#writeReady()
    else if (!this.#isScheduled) {
      this.#isScheduled = true
      process.nextTick(() => {
        this.#isScheduled = false
        this.#proceed()
      })
    }
  }

  #hold(exchange: Exchange, bytes: number): void {
    exchange.heldBytes += bytes
    this.#underWayBytes += bytes
  }

  #writeReady(): void {
    while (this.#streamed === undefined) {
      const exchange = this.#underWay[0]
      if (exchange?.answer === undefined) return
      this.#underWay.shift()
      this.#underWayBytes -= exchange.heldBytes
      this.#write(exchange, exchange.answer)
    }
  }

  #write({ head }: Exchange, answer: Answer | StreamedAnswer): void {
    const keepAlive = head?.keepAlive === true
    const framing = {
      isHead: head?.method === 'HEAD',
      saysKeepAlive: keepAlive && head.isOldVersion,
      isLast: !keepAlive || this.#isLastOfAll,
    }
    this.#touch()
    if (isStreamed(answer)) {
      this.#stream(answer, framing, head)
      return
    }
    const bodyBytes = this.#writer.whole(answer, framing)
    this.#report(head, answer, bodyBytes)
    if (framing.isLast) this.#end()
  }

  #stream(answer: StreamedAnswer, framing: Framing, head: RequestHead | undefined): void {
    this.#streamed = answer.body
    this.#writer.stream(answer, framing, (bodyBytes) => {
      this.#report(head, answer, bodyBytes)
      this.#streamed = undefined
      this.#touch()
      if (framing.isLast) this.#end()
      this.#proceed()
    })
  }

  #report(head: RequestHead | undefined, { status }: Pick<Answer, 'status'>, bodyBytes: number): void {
    this.#options.onAnswered?.({ head, remoteAddress: this.#remoteAddress, status, bodyBytes })
  }

  /** On a port that closes, the answer with nothing behind it says so. */
  get #isLastOfAll(): boolean {
    return this.#options.isClosing() && this.#underWay.length === 0 && this.#reader.part === 'nothing'
  }

  /** The client has ended its side; it still gets every answer that it has asked for. */
  #conclude(): void {
    if (this.#isAnswering || this.#isFull || this.#outputEnded) return
    if (this.#reader.part === 'nothing') this.#end()
    else this.#refuse({ code: 'bad_request', message: 'the connection ended in the middle of a request' })
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

  #refuse(error: ErrorReport): void {
    this.#isDeaf = true
    this.#reader.drop()
    this.#underWay.push({ head: undefined, heldBytes: 0, answer: problemAnswer(error) })
    this.#writeReady()
  }

  /** Nothing is sent any more. The socket closes when the client has seen it, or after a while. */
  #end(): void {
    this.#isDeaf = true
    this.#outputEnded = true
    this.#touch()
  }

  /** The client is gone; what was to be read for it is closed. */
  #abandon(): void {
    this.#options.memory.change(-this.#countedBytes)
    this.#countedBytes = 0
    this.#streamed?.destroy()
    for (const { answer } of this.#underWay) if (answer !== undefined) discard(answer)
  }

  #touch(): void {
    this.#sinceMs = performance.now()
  }
}

/** An IPv4 client of an IPv6 socket as people write it. */
function plainAddress(address: string | undefined): string {
  return address?.replace(/^::ffff:/, '') ?? 'unknown'
}
