import { ChangeoverError } from '../contracts/index.ts'
import { ByteCollector } from './byte-collector.ts'
import { ChunkedBody } from './chunked-body.ts'
import { lineBefore } from './line.ts'
import { checkBodySize } from './reader-limits.ts'
import type { ReaderLimits } from './reader-limits.ts'
import { HeadReader } from './request-head.ts'
import type { RequestHead } from './request-head.ts'

/** A request that has come whole. */
export type ReadRequest = { readonly head: RequestHead; readonly body: Buffer }

/** What a connection waits for: the next request, the rest of a head, or the rest of a body. */
export type ReaderPart = 'nothing' | 'head' | 'body'

const empty: Buffer = Buffer.alloc(0)

/**
 * Cuts the bytes of a connection into requests (RFC 9112), with the same result however they arrive. After an error
 * nothing of the rest can be trusted: where the next request would begin is unknown.
 */
export class RequestReader {
  readonly #limits: ReaderLimits
  #bytes = empty
  #at = 0
  readonly #headReader = new HeadReader()
  #headBytes = 0
  /** The head of the request whose body is still to come. */
  #head: RequestHead | undefined
  #continueIsDue = false
  #collected: ByteCollector | undefined
  #chunked: ChunkedBody | undefined

  constructor(limits: ReaderLimits) {
    this.#limits = limits
  }

  get part(): ReaderPart {
    if (this.#head !== undefined) return 'body'
    return this.#headReader.isAtStart && this.#at === this.#bytes.length ? 'nothing' : 'head'
  }

  /** What has come of requests that are not whole yet. */
  get heldBytes(): number {
    const collected = this.#collected?.sizeBytes ?? this.#chunked?.sizeBytes ?? 0
    return this.#bytes.length - this.#at + collected
  }

  /** Whether the client waits to be told that it may send its body; true once a request. */
  takeContinue(): boolean {
    const isDue = this.#head !== undefined && this.#continueIsDue
    if (isDue) this.#continueIsDue = false
    return isDue
  }

  push(chunk: Buffer): void {
    this.#bytes =
      this.#at === this.#bytes.length ? chunk : Buffer.concat([this.#bytes.subarray(this.#at), chunk])
    this.#at = 0
  }

  /** The next whole request, or undefined where more bytes are needed for it. Throws a `ChangeoverError` with the status for a wrong one. */
  next(): ReadRequest | undefined {
    this.#head ??= this.#readHead()
    const head = this.#head
    if (head === undefined) return undefined
    const body = head.bodyLength === 'chunked' ? this.#readChunked() : this.#readFixed(head.bodyLength)
    if (body === undefined) return undefined
    this.#head = undefined
    if (this.#at === this.#bytes.length) this.#forgetBytes()
    return { head, body }
  }

  /** Lets go of what has come; nothing is read any more. */
  drop(): void {
    this.#forgetBytes()
    this.#collected = undefined
    this.#chunked = undefined
  }

  /** An idle connection holds on to nothing. */
  #forgetBytes(): void {
    this.#bytes = empty
    this.#at = 0
  }

  #readHead(): RequestHead | undefined {
    if (this.#at === this.#bytes.length) return undefined
    const room = this.#limits.headLimitBytes - this.#headBytes
    const text = this.#bytes.toString('latin1', this.#at, Math.min(this.#bytes.length, this.#at + room + 1))
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0 && end < room; end = text.indexOf('\n', start)) {
      const line = lineBefore(text.slice(start, end))
      start = end + 1
      const head = this.#headReader.line(line)
      if (head !== undefined) return this.#finishHead(head, start)
    }
    if (text.length > room) throw this.#headTooLarge()
    this.#at += start
    this.#headBytes += start
    return undefined
  }

  #finishHead(head: RequestHead, lengthBytes: number): RequestHead {
    this.#at += lengthBytes
    this.#headBytes = 0
    this.#continueIsDue = head.expectsContinue
    if (head.bodyLength === 'chunked') this.#chunked = new ChunkedBody(this.#limits)
    else checkBodySize(head.bodyLength, this.#limits)
    return head
  }

  #headTooLarge(): ChangeoverError {
    const limit = `the limit of ${this.#limits.headLimitBytes} bytes; send less, or raise http.headLimitBytes`
    return this.#headReader.isAtStart
      ? new ChangeoverError('url_too_long', `the request line is over ${limit}`)
      : new ChangeoverError('headers_too_large', `the request line and headers are over ${limit}`)
  }

  #readChunked(): Buffer | undefined {
    const chunked = this.#chunked
    if (chunked === undefined) return undefined
    this.#at = chunked.read(this.#bytes, this.#at)
    if (!chunked.isDone) return undefined
    this.#chunked = undefined
    return chunked.whole()
  }

  /** A body that comes in one piece is not copied. */
  #readFixed(lengthBytes: number): Buffer | undefined {
    const wanted = lengthBytes - (this.#collected?.sizeBytes ?? 0)
    const from = this.#at
    const to = Math.min(this.#bytes.length, from + wanted)
    this.#at = to
    const isWhole = to - from === wanted
    if (isWhole && this.#collected === undefined) return this.#bytes.subarray(from, to)
    if (to > from) {
      this.#collected ??= new ByteCollector()
      this.#collected.append(this.#bytes, from, to)
    }
    if (!isWhole) return undefined
    const body = this.#collected?.whole()
    this.#collected = undefined
    return body
  }
}
