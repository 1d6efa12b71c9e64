import { createHash } from 'node:crypto'

import { ChangeoverError } from '../../contracts/index.ts'
import type { ByteSink, ByteSource } from '../../engine/fasttext/index.ts'
import { writeFully } from './durable-write.ts'
import type { Files } from './files.ts'
import { nodeFiles } from './files.ts'
import { runSteps } from './run-steps.ts'

/** Small enough to be hashed between two turns of a process that serves: about 0.2 ms. */
const chunkBytes = 1 << 18

export type OpenFile = { readonly close: () => void }

/** A file as a source of bytes, read on demand. `hasChanged` tells whether it was written to since it was opened. */
export type FileSource = ByteSource & OpenFile & { readonly fd: number; readonly hasChanged: () => boolean }

export function openSource(path: string, files: Files = nodeFiles): FileSource {
  return sourceOf(path, files.openSync(path, 'r'), files)
}

/** The same for an open file; messages call it `path`. */
export function sourceOf(path: string, fd: number, files: Files = nodeFiles): FileSource {
  const { size, mtimeMs } = files.fstatSync(fd)
  return {
    fd,
    sizeBytes: size,
    read: (offset, target) => readFully(path, fd, offset, target, files),
    hasChanged: () => {
      const now = files.fstatSync(fd)
      return now.size !== size || now.mtimeMs !== mtimeMs
    },
    close: () => files.closeSync(fd),
  }
}

/** A new file as a sink of bytes; `close` waits until they are on the disk. */
export function createSink(path: string, files: Files = nodeFiles): ByteSink & OpenFile {
  const fd = files.openSync(path, 'wx', 0o444)
  return {
    write: (offset, bytes) => writeFully(fd, bytes, offset, files),
    close: () => {
      try {
        files.fsyncSync(fd)
      } finally {
        files.closeSync(fd)
      }
    },
  }
}

/** SHA-256 of a source, in hex; each chunk is also handed to `onChunk`. */
export function hashSource(
  source: ByteSource,
  onChunk?: (offset: number, bytes: Uint8Array) => void,
): string {
  return runSteps(hashInSteps(source, onChunk))
}

/** The same, a chunk at a time: yields the number of bytes in each. */
export function* hashInSteps(
  source: ByteSource,
  onChunk?: (offset: number, bytes: Uint8Array) => void,
): Generator<number, string> {
  const hash = createHash('sha256')
  const buffer = new Uint8Array(chunkBytes)
  for (let offset = 0; offset < source.sizeBytes; offset += chunkBytes) {
    const chunk = buffer.subarray(0, Math.min(chunkBytes, source.sizeBytes - offset))
    source.read(offset, chunk)
    hash.update(chunk)
    onChunk?.(offset, chunk)
    yield chunk.length
  }
  return hash.digest('hex')
}

function readFully(path: string, fd: number, offset: number, target: Uint8Array, files: Files): void {
  for (let done = 0; done < target.length;) {
    const count = files.readSync(fd, target, done, target.length - done, offset + done)
    if (count === 0)
      throw new ChangeoverError(
        'model_file_invalid',
        `${path} ended at byte ${offset + done} while it was read: it was changed meanwhile; wait until it is complete`,
      )
    done += count
  }
}
