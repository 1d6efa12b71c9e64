import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'

import { libc } from './libc.ts'

/** A file's bytes in memory. `release` unmaps them: no view of them may be used afterwards. */
export type FileInMemory = { readonly bytes: ArrayBuffer; readonly release: () => void }

type MapSystem = {
  readonly map: (fd: number, sizeBytes: number) => FileInMemory
}

const protRead = 1
const mapShared = 1
const mapFailed = 2n ** 64n - 1n

const mapSystem = openMapSystem()

/** Maps a file read-only and shared, so that all processes that do so hold one copy; without koffi it is read instead. */
export function mapFile(path: string): FileInMemory {
  const fd = openSync(path, 'r')
  try {
    return mapDescriptor(fd)
  } finally {
    closeSync(fd)
  }
}

/** The same for an open file; the descriptor may be closed afterwards. */
export function mapDescriptor(fd: number): FileInMemory {
  const sizeBytes = fstatSync(fd).size
  return mapSystem === undefined || sizeBytes === 0 ? readWhole(fd) : mapSystem.map(fd, sizeBytes)
}

/** Whether `mapFile` shares memory between processes on this machine. */
export const canShareMemory = mapSystem !== undefined

function readWhole(fd: number): FileInMemory {
  const content = readFileSync(fd)
  const bytes = new ArrayBuffer(content.length)
  new Uint8Array(bytes).set(content)
  return { bytes, release: () => undefined }
}

function openMapSystem(): MapSystem | undefined {
  if (libc === undefined) return undefined
  const { koffi, library } = libc
  const mmap = library.func('void* mmap(void*, size_t, int, int, int, int64_t)')
  const munmap = library.func('int munmap(void*, size_t)')
  return {
    map: (fd, sizeBytes) => {
      const address: unknown = mmap(null, sizeBytes, protRead, mapShared, fd, 0)
      if (address === null || address === mapFailed)
        throw new Error(`mmap of ${sizeBytes} bytes failed: errno ${koffi.errno()}`)
      return {
        bytes: koffi.view(address, sizeBytes),
        release: () => void munmap(address, sizeBytes),
      }
    },
  }
}
