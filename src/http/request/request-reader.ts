import { ByteCollector } from './byte-collector.ts'
import { ChunkedBody } from './chunked-body.ts'
import { HeadReader } from './head-reader.ts'
import type { ReaderLimits } from './reader-limits.ts'
import { checkBodySize } from './reader-limits.ts'
import type { RequestHead } from './request-head.ts'

/** A complete request, and the memory that it uses. */
export type ReadRequest = { readonly head: RequestHead; readonly body: Buffer; readonly heldBytes: number }

/** What a connection is waiting for: the next request, the rest of a head, or the rest of a body. */
export type ReaderPart = 'nothing' | 'head' | 'body'

const empty: Buffer = Buffer.alloc(0)

/** A piece up to this size may be kept even if only a small part of it is needed. */
const smallBytes = 4 * 1024

/**
 * Cuts the bytes of a connection into requests (RFC 9112), with the same result however they arrive. After an error
 * nothing of the rest can be trusted: where the next request would begin is unknown.
 */
export class RequestReader {
  readonly #limits: ReaderLimits
  #bytes = empty
  #at = 0
  /** Holds `#bytes` if they came in more than one piece. */
  #rest: ByteCollector | undefined
  readonly #headReader: HeadReader
  /** The head of the request whose body is still to come, and its size. */
  #head: RequestHead | undefined
  #headBytes = 0
  #continueIsDue = false
  #collected: ByteCollector | undefined
  #chunked: ChunkedBody | undefined

  constructor(limits: ReaderLimits) {
    this.#limits = limits
    this.#headReader = new HeadReader(limits)
  }

  get part(): ReaderPart {
    if (this.#head !== undefined) return 'body'
    return this.#at === this.#bytes.length ? 'nothing' : 'head'
  }

  /** The head of the request whose body is not complete, or was refused. */
  get unfinished(): RequestHead | undefined {
    return this.#head
  }

  /** The memory that incomplete requests use: whole buffers, however little of them is needed. */
  get heldBytes(): number {
    const restBytes = this.#at === this.#bytes.length ? 0 : this.#bytes.buffer.byteLength
    const bodyBytes = this.#collected?.capacityBytes ?? this.#chunked?.capacityBytes ?? 0
    const headBytes = this.#head === undefined ? this.#headReader.heldBytes : this.#headBytes
    return restBytes + bodyBytes + headBytes
  }

  /** Whether the client waits to be told that it may send its body; true once a request. */
  takeContinue(): boolean {
    const isDue = this.#head !== undefined && this.#continueIsDue
    if (isDue) this.#continueIsDue = false
    return isDue
  }

  push(chunk: Buffer): void {
    if (this.#at === this.#bytes.length) {
      this.#forgetBytes()
      this.#bytes = chunk
      return
    }
    if (this.#rest === undefined || this.#at > 0) {
      this.#rest = new ByteCollector()
      this.#rest.append(this.#bytes, this.#at, this.#bytes.length)
      this.#at = 0
    }
    this.#rest.append(chunk, 0, chunk.length)
    this.#bytes = this.#rest.whole()
  }

  /** The next complete request, or undefined if more bytes are needed. Throws a `ChangeoverError` with the status for a malformed one. */
  next(): ReadRequest | undefined {
    if (this.#head === undefined) this.#readHead()
    const head = this.#head
    const body = head === undefined ? undefined : this.#readBody(head)
    if (head === undefined || body === undefined) {
      this.#shrink()
      return undefined
    }
    this.#head = undefined
    if (this.#at === this.#bytes.length) this.#forgetBytes()
    // If it was collected, or lies in a larger piece, up to twice its size is held.
    const bodyBytes = Math.min(body.buffer.byteLength, 2 * body.length)
    return { head, body, heldBytes: this.#headBytes + bodyBytes }
  }

  /** Releases what was received; nothing more is read. */
  drop(): void {
    this.#forgetBytes()
    this.#head = undefined
    this.#collected = undefined
    this.#chunked = undefined
  }

  /** An idle connection holds no memory. */
  #forgetBytes(): void {
    this.#bytes = empty
    this.#at = 0
    this.#rest = undefined
  }

  /** An incomplete request does not hold bytes that are already read. */
  #shrink(): void {
    if (this.#at === this.#bytes.length) this.#forgetBytes()
    else if (this.#at > 0) {
      this.#bytes = copy(this.#bytes, this.#at, this.#bytes.length)
      this.#at = 0
      this.#rest = undefined
    }
  }

  #readHead(): void {
    this.#at += this.#headReader.skipBlankLines(this.#bytes, this.#at)
    const read = this.#headReader.read(this.#bytes, this.#at)
    if (read === undefined) return
    const { head, lengthBytes } = read
    this.#head = head
    this.#at += lengthBytes
    this.#headBytes = lengthBytes
    this.#continueIsDue = head.expectsContinue
    if (head.bodyLength === 'chunked') this.#chunked = new ChunkedBody(this.#limits)
    else checkBodySize(head.bodyLength, this.#limits)
  }

  #readBody({ bodyLength }: RequestHead): Buffer | undefined {
    return bodyLength === 'chunked' ? this.#readChunked() : this.#readFixed(bodyLength)
  }

  #readChunked(): Buffer | undefined {
    const chunked = this.#chunked
    if (chunked === undefined) return undefined
    this.#at = chunked.read(this.#bytes, this.#at)
    if (!chunked.isDone) return undefined
    this.#chunked = undefined
    return chunked.whole()
  }

  /** A body that comes in one piece is not copied, unless it would hold much more than itself. */
  #readFixed(lengthBytes: number): Buffer | undefined {
    const wanted = lengthBytes - (this.#collected?.sizeBytes ?? 0)
    const from = this.#at
    const to = Math.min(this.#bytes.length, from + wanted)
    this.#at = to
    const isWhole = to - from === wanted
    if (isWhole && this.#collected === undefined) {
      const pieceBytes = this.#bytes.buffer.byteLength
      const isCopied = pieceBytes > smallBytes && pieceBytes > 2 * lengthBytes
      return isCopied ? copy(this.#bytes, from, to) : this.#bytes.subarray(from, to)
    }
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

/** In memory of its own: a slice of the pool of `Buffer` would hold all 8 KiB of it. */
function copy(bytes: Buffer, from: number, to: number): Buffer {
  const own = Buffer.allocUnsafeSlow(to - from)
  bytes.copy(own, 0, from, to)
  return own
}
