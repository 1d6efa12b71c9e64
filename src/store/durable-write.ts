import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Makes what was renamed into or out of a folder survive a power cut. */
export function syncFolder(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Writes a new file and waits until it is on the disk. */
export function writeDurably(path: string, content: string | Uint8Array): void {
  const fd = openSync(path, 'wx', 0o444)
  try {
    writeFileSync(fd, content)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Puts a new content in a file's place at once: a reader sees the old one or the new one, also after a power cut. */
export function replaceDurably(path: string, content: string): void {
  const beside = `${path}.${process.pid}.${Date.now()}`
  writeDurably(beside, content)
  renameSync(beside, path)
  syncFolder(dirname(path))
}
