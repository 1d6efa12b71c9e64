import { ChangeoverError } from '../../contracts/index.ts'
import { badRequest } from './bad-request.ts'
import type { ReaderLimits } from './reader-limits.ts'
import type { RequestHead } from './request-head.ts'
import { FieldReader } from './request-head.ts'
import type { RequestLine } from './request-line.ts'
import { parseRequestLine } from './request-line.ts'

const [cr, lf] = [0x0d, 0x0a]

/**
 * Reads the heads of requests from bytes that come in pieces. Each byte is checked once for the head's end, and nothing but
 * the request line is made of them before all are here: a head that is never finished costs what its bytes cost.
 */
export class HeadReader {
  readonly #limits: ReaderLimits
  readonly #fieldReader = new FieldReader()
  /** Bytes of blank lines before the head, which count as part of it. */
  #blankBytes = 0
  #requestLine: RequestLine | undefined
  #fieldCount = 0
  /** Offsets from the head's start: of the headers, of the line in progress, and of the first byte that has not been checked. */
  #fieldsStart = 0
  #lineStart = 0
  #scanned = 0

  constructor(limits: ReaderLimits) {
    this.#limits = limits
  }

  /** What it holds besides the bytes. */
  get heldBytes(): number {
    return this.#requestLine?.url.length ?? 0
  }

  /** How many bytes of blank lines there are at `start`, before a head. */
  skipBlankLines(bytes: Buffer, start: number): number {
    let at = start
    if (this.#requestLine === undefined)
      while (bytes[at] === cr && bytes[at + 1] === lf) {
        at += 2
        this.#scanned = 0
      }
    this.#blankBytes += at - start
    return at - start
  }

  /**
   * Reads on in the head that begins at `start`; undefined where its end is not there yet. Throws `bad_request`,
   * `url_too_long`, `headers_too_large`, `http_version_unsupported`, `not_implemented`, `expectation_failed`.
   */
  read(
    bytes: Buffer,
    start: number,
  ): { readonly head: RequestHead; readonly lengthBytes: number } | undefined {
    const room = this.#limits.headLimitBytes - this.#blankBytes
    const end = Math.min(bytes.length - start, room)
    for (let at = this.#scanned; at < end; at++) {
      if (bytes[start + at] !== lf) continue
      if (at === this.#lineStart || bytes[start + at - 1] !== cr)
        throw badRequest('a line ends with LF alone')
      if (this.#requestLine !== undefined && at - 1 === this.#lineStart)
        return { head: this.#finish(bytes, start), lengthBytes: at + 1 }
      this.#endLine(bytes, start, at)
    }
    if (bytes.length - start > room) throw this.#tooLarge()
    this.#scanned = end
    return undefined
  }

  #endLine(bytes: Buffer, start: number, at: number): void {
    if (this.#requestLine === undefined) {
      this.#requestLine = parseRequestLine(bytes.toString('latin1', start + this.#lineStart, start + at - 1))
      this.#fieldsStart = at + 1
    } else if (++this.#fieldCount > this.#limits.maxHeaders) {
      throw new ChangeoverError(
        'headers_too_large',
        `there are over ${this.#limits.maxHeaders} headers; send fewer, or raise http.maxHeaders`,
      )
    }
    this.#lineStart = at + 1
  }

  #finish(bytes: Buffer, start: number): RequestHead {
    const requestLine = this.#requestLine
    if (requestLine === undefined) throw badRequest('the request line is missing')
    const fields = bytes.toString('latin1', start + this.#fieldsStart, start + this.#lineStart)
    const head = this.#fieldReader.read(requestLine, fields)
    this.#requestLine = undefined
    this.#blankBytes = 0
    this.#fieldCount = 0
    this.#lineStart = 0
    this.#scanned = 0
    return head
  }

  #tooLarge(): ChangeoverError {
    const advice = `the limit of ${this.#limits.headLimitBytes} bytes; send less, or raise http.headLimitBytes`
    return this.#requestLine === undefined
      ? new ChangeoverError('url_too_long', `the request line is over ${advice}`)
      : new ChangeoverError('headers_too_large', `the request line and headers are over ${advice}`)
  }
}
