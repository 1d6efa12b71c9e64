import type { FrameType, LinkRequest, LinkResponse } from './frame.ts'
import { frameHeadBytes, requestHeadBytes, responseHeadBytes } from './frame.ts'

const initialBytes = 64 * 1024

/** Collects frames in one buffer, so that all of an event-loop turn leave in a single write. */
export class FrameWriter {
  #buffer = Buffer.allocUnsafeSlow(initialBytes)
  #used = 0

  get isEmpty(): boolean {
    return this.#used === 0
  }

  /** What was collected, as a view; `reuse` tells whether the buffer may be written to again. */
  take(send: (bytes: Buffer) => { readonly reuse: boolean }): void {
    const bytes = this.#buffer.subarray(0, this.#used)
    const { reuse } = send(bytes)
    this.#used = 0
    if (!reuse || this.#buffer.length > initialBytes) this.#buffer = Buffer.allocUnsafeSlow(initialBytes)
  }

  empty(type: FrameType, id: number): void {
    this.#begin(type, id, 0)
  }

  json(type: FrameType, id: number, value: unknown): void {
    const text = JSON.stringify(value)
    const length = Buffer.byteLength(text)
    const at = this.#begin(type, id, length)
    this.#buffer.write(text, at, 'utf8')
  }

  request(type: FrameType, id: number, { method, url, headers, body }: LinkRequest): void {
    const length = requestHeadBytes + method.length + url.length + headers.length + body.length
    let at = this.#begin(type, id, length)
    const buffer = this.#buffer
    buffer[at] = method.length
    buffer.writeUInt32LE(url.length, at + 1)
    buffer.writeUInt32LE(headers.length, at + 5)
    at += requestHeadBytes
    at += buffer.write(method, at, 'latin1')
    at += buffer.write(url, at, 'latin1')
    at += buffer.write(headers, at, 'latin1')
    buffer.set(body, at)
  }

  response(type: FrameType, id: number, { status, headers, body }: LinkResponse): void {
    const bodyLength = typeof body === 'string' ? Buffer.byteLength(body) : body.length
    let at = this.#begin(type, id, responseHeadBytes + headers.length + bodyLength)
    const buffer = this.#buffer
    buffer.writeUInt16LE(status, at)
    buffer.writeUInt32LE(headers.length, at + 2)
    at += responseHeadBytes
    at += buffer.write(headers, at, 'latin1')
    if (typeof body === 'string') buffer.write(body, at, 'utf8')
    else buffer.set(body, at)
  }

  /** Reserves a frame, writes its head, and returns where its payload starts. */
  #begin(type: FrameType, id: number, payloadLength: number): number {
    const start = this.#used
    const end = start + frameHeadBytes + payloadLength
    if (end > this.#buffer.length) this.#grow(end)
    this.#buffer.writeUInt32LE(frameHeadBytes - 4 + payloadLength, start)
    this.#buffer[start + 4] = type
    this.#buffer.writeUInt32LE(id, start + 5)
    this.#used = end
    return start + frameHeadBytes
  }

  #grow(neededBytes: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(neededBytes, this.#buffer.length * 2))
    this.#buffer.copy(grown, 0, 0, this.#used)
    this.#buffer = grown
  }
}
