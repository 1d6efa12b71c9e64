import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'

import type { HistoryEntry } from '../contracts/index.ts'
import { syncFolder } from './durable-write.ts'
import { historyFile } from './layout.ts'

/** Adds a line to the store's history, durably. A line that a crash has left unfinished is closed first. */
export function appendHistory(storePath: string, entry: HistoryEntry): void {
  const path = historyFile(storePath)
  const isNew = !existsSync(path)
  mkdirSync(storePath, { recursive: true })
  const fd = openSync(path, 'a', 0o644)
  try {
    const before = isNew ? '' : readFileSync(path, 'utf8')
    const separator = before === '' || before.endsWith('\n') ? '' : '\n'
    writeSync(fd, `${separator}${JSON.stringify(entry)}\n`)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  if (isNew) syncFolder(storePath)
}

/** The history, oldest first; a line that a crash has torn is left out. */
export function readHistory(storePath: string): HistoryEntry[] {
  const path = historyFile(storePath)
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as HistoryEntry]
      } catch {
        return []
      }
    })
}
