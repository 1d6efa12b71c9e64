import { fstatSync, readSync } from 'node:fs'

const blockBytes = 64 * 1024
const lineEnd = 0x0a

/** The lines of a file, the last one first, read in blocks from its end: also a line without its end yet. */
export function* linesBackwards(fd: number): Generator<string> {
  let rest: Buffer = Buffer.alloc(0)
  for (let end = fstatSync(fd).size; end > 0;) {
    const start = Math.max(0, end - blockBytes)
    let bytes = Buffer.concat([readAt(fd, start, end - start), rest])
    end = start
    for (let at = bytes.lastIndexOf(lineEnd); at !== -1; at = bytes.lastIndexOf(lineEnd)) {
      if (at + 1 < bytes.length) yield bytes.toString('utf8', at + 1)
      bytes = bytes.subarray(0, at)
    }
    rest = bytes
  }
  if (rest.length > 0) yield rest.toString('utf8')
}

/** The complete lines of a file from an offset on, each with the offset after it. */
export function* linesFrom(
  fd: number,
  offset: number,
): Generator<{ readonly line: string; readonly end: number }> {
  const { size } = fstatSync(fd)
  let rest: Buffer = Buffer.alloc(0)
  for (let at = offset; at < size;) {
    const block = readAt(fd, at, Math.min(blockBytes, size - at))
    if (block.length === 0) return
    const bytes = Buffer.concat([rest, block])
    at += block.length
    let start = 0
    for (let end = bytes.indexOf(lineEnd); end !== -1; end = bytes.indexOf(lineEnd, start)) {
      yield { line: bytes.toString('utf8', start, end), end: at - bytes.length + end + 1 }
      start = end + 1
    }
    rest = bytes.subarray(start)
  }
}

function readAt(fd: number, position: number, lengthBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(lengthBytes)
  let done = 0
  while (done < lengthBytes) {
    const read = readSync(fd, bytes, done, lengthBytes - done, position + done)
    if (read === 0) break
    done += read
  }
  return bytes.subarray(0, done)
}
