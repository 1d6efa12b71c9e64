import type { Socket } from 'node:net'

import type { Answer, StreamedAnswer } from './answer.ts'
import type { Framing } from './format-answer.ts'
import { formatHead } from './format-answer.ts'

/** Bodies up to this size are copied behind their head; larger ones leave beside it, in the same system call. */
const joinedBytes = 16 * 1024

const continueAnswer = 'HTTP/1.1 100 Continue\r\n\r\n'

/** Writes answers to a socket; small ones collect until `flush`, so that those of one turn leave in one write. */
export class AnswerWriter {
  readonly #socket: Socket
  /** In latin1: each character is a byte. */
  #collected = ''

  constructor(socket: Socket) {
    this.#socket = socket
  }

  continue(): void {
    this.#collected += continueAnswer
  }

  /** Returns how many bytes of the body are sent. */
  whole(answer: Answer, framing: Framing): number {
    const { body } = answer
    const lengthBytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length
    this.#collected += formatHead(answer, lengthBytes, framing)
    if (framing.isHead) return 0
    if (lengthBytes > joinedBytes) this.#writeBeside(body)
    else this.#collected += toLatin1(body, lengthBytes)
    if (this.#collected.length > joinedBytes) this.flush()
    return lengthBytes
  }

  /**
   * Sends a body as it is read; `done` is called with its size when all of it is on its way. A body that breaks off, or is not as
   * long as its head says, ends the connection: the client must not take the next answer for a part of it, nor a part for the whole.
   */
  stream(answer: StreamedAnswer, framing: Framing, done: (bodyBytes: number) => void): void {
    const { body, lengthBytes } = answer
    this.#collected += formatHead(answer, lengthBytes, framing)
    this.flush()
    const promisedBytes = framing.isHead ? 0 : (lengthBytes ?? 0)
    let sentBytes = 0
    body.on('data', (chunk: Buffer) => {
      sentBytes += chunk.length
      if (sentBytes > promisedBytes) this.#socket.destroy()
    })
    body.once('end', () => {
      if (sentBytes === promisedBytes) done(sentBytes)
      else this.#socket.destroy()
    })
    body.once('close', () => {
      if (!body.readableEnded) this.#socket.destroy()
    })
    body.pipe(this.#socket, { end: false })
  }

  flush(): void {
    if (this.#collected === '') return
    const text = this.#collected
    this.#collected = ''
    this.#socket.write(text, 'latin1')
  }

  #writeBeside(body: Buffer | string): void {
    this.#socket.cork()
    this.flush()
    this.#socket.write(body)
    this.#socket.uncork()
  }
}

function toLatin1(body: Buffer | string, lengthBytes: number): string {
  if (typeof body !== 'string') return body.toString('latin1')
  const isAscii = body.length === lengthBytes
  return isAscii ? body : Buffer.from(body).toString('latin1')
}
