import type { IncomingMessage } from 'node:http'

const empty = Buffer.alloc(0)

/** Beyond its limit a body is read on and thrown away up to this much, so that its sender reads the refusal instead of a reset. */
const discardBytes = 16 << 20

/**
 * Reads a request's body and calls `done` once: with the bytes, or with undefined where they are more than `limitBytes`.
 * A client that leaves meanwhile gets no call: nobody is there to answer.
 */
export function readBody(
  request: IncomingMessage,
  limitBytes: number,
  done: (body: Buffer | undefined) => void,
): void {
  let chunks: Buffer[] = []
  let sizeBytes = 0
  let finished = false
  const finish = (body: Buffer | undefined): void => {
    if (finished) return
    finished = true
    done(body)
  }
  request.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.length
    if (sizeBytes <= limitBytes) {
      chunks.push(chunk)
      return
    }
    chunks = []
    if (sizeBytes > limitBytes + discardBytes) finish(undefined)
  })
  request.on('end', () => {
    if (sizeBytes > limitBytes) finish(undefined)
    else if (chunks.length === 1) finish(chunks[0])
    else finish(chunks.length === 0 ? empty : Buffer.concat(chunks, sizeBytes))
  })
}
