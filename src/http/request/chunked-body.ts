import { ChangeoverError } from '../../contracts/index.ts'
import { badRequest } from './bad-request.ts'
import { ByteCollector } from './byte-collector.ts'
import { lineBefore } from './line.ts'
import type { ReaderLimits } from './reader-limits.ts'
import { checkBodySize } from './reader-limits.ts'
import { parseFieldName } from './request-head.ts'

/** A chunk's size in hexadecimal, and extensions, which nobody uses and all may ignore. */
const sizeLine = /^([0-9A-Fa-f]{1,16})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?$/

/** Where a request ends and who it is for must be known before its body (RFC 9110, 6.5.1). */
const notInTrailers = new Set(['content-length', 'transfer-encoding', 'host'])

const [cr, lf] = [0x0d, 0x0a]

type Part = 'size' | 'data' | 'dataEnd' | 'trailers' | 'done'

/** Reads one chunked body (RFC 9112, 7.1); its extensions and trailers are checked and dropped. */
export class ChunkedBody {
  readonly #limits: ReaderLimits
  readonly #collected = new ByteCollector()
  #part: Part = 'size'
  #chunkLeft = 0
  /** Extensions and trailers may be as long as a head, all together. */
  #extraRoom: number

  constructor(limits: ReaderLimits) {
    this.#limits = limits
    this.#extraRoom = limits.headLimitBytes
  }

  get isDone(): boolean {
    return this.#part === 'done'
  }

  /** The memory that it uses, in bytes. */
  get capacityBytes(): number {
    return this.#collected.capacityBytes
  }

  whole(): Buffer {
    return this.#collected.whole()
  }

  /** Reads on in `bytes` and returns how far it came. Throws `bad_request`, `body_too_large`, `headers_too_large`. */
  read(bytes: Buffer, from: number): number {
    let at = from
    for (;;) {
      const next = this.#step(bytes, at)
      if (next === undefined) return at
      at = next
    }
  }

  /** One line or piece of data; undefined if it has not arrived yet, or the body is complete. */
  #step(bytes: Buffer, at: number): number | undefined {
    switch (this.#part) {
      case 'size':
        return this.#readLine(bytes, at, (line) => this.#beginChunk(line))
      case 'data':
        return this.#readData(bytes, at)
      case 'dataEnd':
        return this.#readDataEnd(bytes, at)
      case 'trailers':
        return this.#readLine(bytes, at, (line) => this.#dropTrailer(line))
      case 'done':
        return undefined
    }
  }

  #readLine(bytes: Buffer, at: number, take: (line: string) => void): number | undefined {
    const end = bytes.indexOf(lf, at)
    if ((end < 0 ? bytes.length : end + 1) - at > this.#extraRoom)
      throw new ChangeoverError(
        'headers_too_large',
        'the extensions or trailers of a chunked body are too long; leave them out',
      )
    if (end < 0) return undefined
    take(lineBefore(bytes.toString('latin1', at, end)))
    return end + 1
  }

  #beginChunk(line: string): void {
    const digits = sizeLine.exec(line)?.[1]
    if (digits === undefined) throw badRequest('a chunk does not begin with its size')
    this.#extraRoom -= line.length - digits.length
    this.#chunkLeft = parseInt(digits, 16)
    checkBodySize(this.#collected.sizeBytes + this.#chunkLeft, this.#limits)
    this.#part = this.#chunkLeft === 0 ? 'trailers' : 'data'
  }

  #readData(bytes: Buffer, at: number): number | undefined {
    if (at === bytes.length) return undefined
    const end = Math.min(bytes.length, at + this.#chunkLeft)
    this.#collected.append(bytes, at, end)
    this.#chunkLeft -= end - at
    if (this.#chunkLeft === 0) this.#part = 'dataEnd'
    return end
  }

  #readDataEnd(bytes: Buffer, at: number): number | undefined {
    const [first, second] = [bytes[at], bytes[at + 1]]
    if ((first ?? cr) !== cr || (second ?? lf) !== lf) throw badRequest('a chunk is longer than its size')
    if (second === undefined) return undefined
    this.#part = 'size'
    return at + 2
  }

  #dropTrailer(line: string): void {
    this.#extraRoom -= line.length
    if (line === '') this.#part = 'done'
    else if (notInTrailers.has(parseFieldName(line)))
      throw badRequest('a trailer sets where the request ends or goes, which only a header may')
  }
}
