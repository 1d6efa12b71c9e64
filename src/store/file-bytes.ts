import { createHash } from 'node:crypto'
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'

import type { ByteSink, ByteSource } from '../fasttext/index.ts'

const chunkBytes = 1 << 20

export type OpenFile = { readonly close: () => void }

/** Called at each read and write, so that long work can give way to other processes. */
export type Pace = () => void

const atOnce: Pace = () => undefined

/** A file as a source of bytes, read where it is asked for. */
export function openSource(path: string, pace = atOnce): ByteSource & OpenFile {
  const fd = openSync(path, 'r')
  return {
    sizeBytes: fstatSync(fd).size,
    read: (offset, target) => {
      pace()
      readFully(fd, offset, target)
    },
    close: () => closeSync(fd),
  }
}

/** A new file as a sink of bytes; `close` waits until they are on the disk. */
export function createSink(path: string, pace = atOnce): ByteSink & OpenFile {
  const fd = openSync(path, 'wx', 0o444)
  return {
    write: (offset, bytes) => {
      pace()
      for (let done = 0; done < bytes.length;)
        done += writeSync(fd, bytes, done, bytes.length - done, offset + done)
    },
    close: () => {
      try {
        fsyncSync(fd)
      } finally {
        closeSync(fd)
      }
    },
  }
}

/** SHA-256 of a source, in hex; each chunk is also handed to `onChunk`. */
export function hashSource(
  source: ByteSource,
  onChunk?: (offset: number, bytes: Uint8Array) => void,
): string {
  const hash = createHash('sha256')
  const buffer = new Uint8Array(chunkBytes)
  for (let offset = 0; offset < source.sizeBytes; offset += chunkBytes) {
    const chunk = buffer.subarray(0, Math.min(chunkBytes, source.sizeBytes - offset))
    source.read(offset, chunk)
    hash.update(chunk)
    onChunk?.(offset, chunk)
  }
  return hash.digest('hex')
}

function readFully(fd: number, offset: number, target: Uint8Array): void {
  for (let done = 0; done < target.length;) {
    const count = readSync(fd, target, done, target.length - done, offset + done)
    if (count === 0)
      throw new Error(`the file ended at byte ${offset + done} while it was read: it was changed meanwhile`)
    done += count
  }
}
