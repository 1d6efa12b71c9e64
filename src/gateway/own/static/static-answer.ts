import type { TransformCallback } from 'node:stream'
import { PassThrough } from 'node:stream'

import type { HeaderBlock, Respond } from '../../../http/index.ts'
import { joinHeaders, splitHeaders } from '../../../http/index.ts'

/** The part of node:http's response that the package `send` uses. The answer is passed on with the first byte, or the end. */
export class StaticAnswer extends PassThrough {
  statusCode = 200
  headersSent = false
  readonly #respond: Respond
  readonly #headers = new Map<string, string>()

  constructor(respond: Respond) {
    super()
    this.#respond = respond
  }

  /** Where `send` looks for the client's leaving, to close the file: the connection destroys the body then. */
  get socket(): this {
    return this
  }

  setHeader(name: string, value: string | number): void {
    this.#headers.set(name.toLowerCase(), String(value))
  }

  getHeader(name: string): string | undefined {
    return this.#headers.get(name.toLowerCase())
  }

  removeHeader(name: string): void {
    this.#headers.delete(name.toLowerCase())
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#begin()
    done(null, chunk)
  }

  override _flush(done: TransformCallback): void {
    this.#begin()
    done()
  }

  #begin(): void {
    if (this.headersSent) return
    this.headersSent = true
    const length = this.getHeader('content-length')
    this.removeHeader('content-length')
    this.#respond({
      status: this.statusCode,
      headers: joinHeaders([...this.#headers].flat()),
      lengthBytes: length === undefined ? undefined : Number(length),
      body: this,
    })
  }
}

/** Headers as node:http gives them to `send`. */
export function parsedHeaders(headers: HeaderBlock): Record<string, string> {
  const list = splitHeaders(headers)
  const parsed = Object.create(null) as Record<string, string>
  for (let i = 0; i + 1 < list.length; i += 2) parsed[list[i] ?? ''] = list[i + 1] ?? ''
  return parsed
}
