import type { Socket } from 'node:net'

import { toMessage } from '../contracts/index.ts'
import type { Frame, LinkRequest, LinkResponse } from './frame.ts'
import { frameTypes } from './frame.ts'
import { FrameReader } from './frame-reader.ts'
import { FrameWriter } from './frame-writer.ts'

export type LinkHandlers = {
  /**
   * Whether this is the end that answers. It stops reading while the other end does not read what it is sent: of two ends
   * only one may do so, or each could wait for the other. And it sends what it answers as soon as the frames of one read are
   * handled: an answer that waited for the end of the turn would wait for the work of a large request too.
   */
  readonly isServer?: boolean
  /** A whole frame; a throw ends the link, not the process. */
  readonly onFrame: (frame: Frame, link: Link) => void
  /** The other end has read what it was sent: the link is no longer full. */
  readonly onDrain?: () => void
  /** The link has closed, for any reason; called once. */
  readonly onClose: (reason: string) => void
}

/** One end of a link: frames over a Unix socket. A client sends all those of one event-loop turn in one write. */
export class Link {
  readonly #socket: Socket
  readonly #reader = new FrameReader()
  readonly #writer = new FrameWriter()
  readonly #isServer: boolean
  #flushing = false
  #writes = 0
  #closeReason = 'the other end closed the link'

  constructor(socket: Socket, { onFrame, onDrain, onClose, isServer = false }: LinkHandlers) {
    this.#socket = socket
    this.#isServer = isServer
    const handleFrame = (frame: Frame): void => onFrame(frame, this)
    socket.on('data', (chunk: Buffer) => {
      try {
        this.#reader.push(chunk, handleFrame)
      } catch (error) {
        this.close(`a frame could not be handled: ${toMessage(error)}`)
      }
    })
    socket.on('drain', () => {
      if (isServer) socket.resume()
      this.#flush()
      if (!this.isFull) onDrain?.()
    })
    socket.on('error', (error) => (this.#closeReason = error.message))
    socket.on('close', () => onClose(this.#closeReason))
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.writable
  }

  /** Whether the other end reads more slowly than it is sent to; frames then collect here. */
  get isFull(): boolean {
    return this.#socket.writableNeedDrain
  }

  /** How often what was collected has been written: a frame that was collected at the present number has not left. */
  get writes(): number {
    return this.#writes
  }

  request(id: number, request: LinkRequest): void {
    this.#writer.request(frameTypes.request, id, request)
    this.#schedule()
  }

  response(id: number, response: LinkResponse): void {
    this.#writer.response(frameTypes.response, id, response)
    this.#schedule()
  }

  json(type: 'hello' | 'command' | 'reply', id: number, value: unknown): void {
    this.#writer.json(frameTypes[type], id, value)
    this.#schedule()
  }

  signal(type: 'ping' | 'pong' | 'goaway' | 'cancel', id: number): void {
    this.#writer.empty(frameTypes[type], id)
    this.#schedule()
  }

  /** Sends what is collected, then closes the link. */
  end(): void {
    if (!this.#writer.isEmpty && this.isOpen) this.#write()
    this.#socket.end()
  }

  /** Closes the link at once. */
  close(reason: string): void {
    this.#closeReason = reason
    this.#socket.destroy()
  }

  #schedule(): void {
    if (this.#flushing) return
    this.#flushing = true
    const flush = (): void => {
      this.#flushing = false
      this.#flush()
    }
    if (this.#isServer) process.nextTick(flush)
    else setImmediate(flush)
  }

  /** While the socket is full, frames go on collecting here; its drain event sends them. */
  #flush(): void {
    if (this.#writer.isEmpty || !this.isOpen || this.#socket.writableNeedDrain) return
    this.#write()
  }

  #write(): void {
    this.#writes++
    this.#writer.take((bytes) => {
      const hasRoom = this.#socket.write(bytes)
      if (!hasRoom && this.#isServer) this.#socket.pause()
      return { reuse: this.#socket.writableLength === 0 }
    })
  }
}
