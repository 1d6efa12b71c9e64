import type { Frame } from './frame.ts'
import { frameHeadBytes, maxFrameBytes } from './frame.ts'

const empty = Buffer.alloc(0)

/** Cuts a stream of bytes into frames. Throws a RangeError for a length that no frame can have: the link must then be closed. */
export class FrameReader {
  #rest: Buffer = empty
  /** Bytes that must be there before the next frame is complete; saves joining a large frame again at every chunk. */
  #wanted = 0
  #chunks: Buffer[] = []
  #chunkBytes = 0

  /** Takes the next bytes and hands every frame that they complete to `onFrame`, in order. */
  push(chunk: Buffer, onFrame: (frame: Frame) => void): void {
    const bytes = this.#join(chunk)
    if (bytes === undefined) return
    let offset = 0
    while (bytes.length - offset >= 4) {
      const length = bytes.readUInt32LE(offset)
      if (length < frameHeadBytes - 4 || length > maxFrameBytes)
        throw new RangeError(`a frame of ${length} bytes`)
      const end = offset + 4 + length
      if (end > bytes.length) {
        this.#wanted = 4 + length
        break
      }
      onFrame({
        type: bytes.readUInt8(offset + 4),
        id: bytes.readUInt32LE(offset + 5),
        payload: bytes.subarray(offset + frameHeadBytes, end),
      })
      offset = end
    }
    this.#rest = offset === bytes.length ? empty : bytes.subarray(offset)
  }

  #join(chunk: Buffer): Buffer | undefined {
    if (this.#rest.length === 0 && this.#chunks.length === 0) return chunk
    this.#chunks.push(chunk)
    this.#chunkBytes += chunk.length
    if (this.#rest.length + this.#chunkBytes < this.#wanted) return undefined
    const joined = Buffer.concat([this.#rest, ...this.#chunks])
    this.#rest = empty
    this.#chunks = []
    this.#chunkBytes = 0
    this.#wanted = 0
    return joined
  }
}
