import { dirname, join } from 'node:path'

import type { Files } from './files.ts'
import { failureCode } from './files.ts'

/** Makes what was renamed into or out of a folder survive a power cut. */
export function syncFolder(path: string, files: Files): void {
  const fd = files.openSync(path, 'r')
  try {
    files.fsyncSync(fd)
  } finally {
    files.closeSync(fd)
  }
}

/** Writes a new file and waits until it is on the disk. */
export function writeDurably(path: string, content: string | Uint8Array, files: Files): void {
  const fd = files.openSync(path, 'wx', 0o444)
  try {
    writeFully(fd, typeof content === 'string' ? Buffer.from(content) : content, null, files)
    files.fsyncSync(fd)
  } finally {
    files.closeSync(fd)
  }
}

/** Writes all bytes at a position of a file, or at its current position. */
export function writeFully(fd: number, bytes: Uint8Array, position: number | null, files: Files): void {
  for (let done = 0; done < bytes.length;)
    done += files.writeSync(fd, bytes, done, bytes.length - done, position === null ? null : position + done)
}

/** Replaces a file's content atomically, through the file `beside`: a reader sees the old or the new content, even after a power cut. */
export function replaceDurably(path: string, content: string, beside: string, files: Files): void {
  try {
    writeDurably(beside, content, files)
    files.renameSync(beside, path)
  } catch (error) {
    removeQuietly(beside, files)
    throw error
  }
  syncFolder(dirname(path), files)
}

/** Makes the folder of a store, and those above it that are missing, durably. */
export function makeStoreFolder(path: string, files: Files): void {
  if (files.statSync(path, { throwIfNoEntry: false }) !== undefined) return
  makeStoreFolder(dirname(path), files)
  makeFolder(path, files)
}

/** Makes folders, one inside the other, below one that is there. They are synced even if a crash has left them there. */
export function makeFoldersIn(path: string, names: readonly string[], files: Files): void {
  let folder = path
  for (const name of names) makeFolder((folder = join(folder, name)), files)
}

function makeFolder(path: string, files: Files): void {
  try {
    files.mkdirSync(path)
  } catch (error) {
    if (failureCode(error) !== 'EEXIST') throw error
  }
  syncFolder(dirname(path), files)
}

/** Removes a file, or a folder with its content. What cannot be removed stays. */
export function removeQuietly(path: string, files: Files): void {
  try {
    if (files.statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
      for (const name of files.readdirSync(path)) removeQuietly(join(path, name), files)
      files.rmdirSync(path)
    } else files.unlinkSync(path)
  } catch {
    // What lies in tmp counts for nothing, and is looked at again by the next publication.
  }
}
