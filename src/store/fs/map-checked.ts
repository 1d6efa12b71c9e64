import { openSync } from 'node:fs'
import { basename } from 'node:path'

import type { ByteSource } from '../../engine/fasttext/index.ts'
import type { Manifest } from '../versions/manifest.ts'
import { hashInSteps, sourceOf } from './file-bytes.ts'
import { failureCode } from './files.ts'
import type { FileInMemory } from './map-file.ts'
import { canShareMemory, mapDescriptor } from './map-file.ts'

/** A file differs from its manifest. */
export class ContentFault extends Error {}

/**
 * Maps a file of a version and hashes it by the descriptor that is mapped, so that no other file can take its place between the
 * look and the use. Yields after each piece. Throws ContentFault.
 */
export function* mapChecked(path: string, expected: Manifest['compiled']): Generator<number, FileInMemory> {
  const name = basename(path)
  const source = sourceOf(path, openFile(path, name))
  let file: FileInMemory | undefined
  let isSound = false
  try {
    if (source.sizeBytes !== expected.sizeBytes)
      throw new ContentFault(`${name} has ${source.sizeBytes} bytes; ${expected.sizeBytes} were written`)
    file = mapDescriptor(source.fd)
    // Read, not mapped: a page that only the hash needs is then in no process's memory.
    const sha256 = yield* hashInSteps(canShareMemory ? source : bytesOf(file))
    if (sha256 !== expected.sha256) throw new ContentFault(`${name} has other content than was written`)
    if (source.hasChanged()) throw new ContentFault(`${name} was written to while it was loaded`)
    isSound = true
    return file
  } finally {
    source.close()
    if (!isSound) file?.release()
  }
}

function openFile(path: string, name: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if (failureCode(error) === 'ENOENT') throw new ContentFault(`${name} is missing`, { cause: error })
    throw error
  }
}

function bytesOf({ bytes }: FileInMemory): ByteSource {
  return {
    sizeBytes: bytes.byteLength,
    read: (offset, target) => target.set(new Uint8Array(bytes, offset, target.length)),
  }
}
