import { existsSync, readFileSync } from 'node:fs'

import Type from 'typebox'
import { Compile } from 'typebox/compile'

import type { HistoryEntry, ModelVersion } from '../../contracts/index.ts'
import { makeStoreFolder, syncFolder, writeFully } from '../fs/durable-write.ts'
import { nodeFiles } from '../fs/files.ts'
import type { Files } from '../fs/files.ts'
import { historyFile } from '../layout.ts'
import { orStoreFailed } from '../fs/store-failed.ts'

const entryCheck = Compile(
  Type.Object({
    atMs: Type.Number(),
    action: Type.String(),
    model: Type.String(),
    version: Type.String(),
    from: Type.Union([Type.String(), Type.Null()]),
    by: Type.String(),
    outcome: Type.String(),
  }),
)

/** Adds a line to the store's history, durably. A line that a crash has left unfinished is closed first. Throws `store_failed`. */
export function appendHistory(storePath: string, entry: HistoryEntry, files: Files = nodeFiles): void {
  const path = historyFile(storePath)
  orStoreFailed(`the history ${path} could not be written`, () => {
    makeStoreFolder(storePath, files)
    const fd = files.openSync(path, 'a+', 0o644)
    try {
      const separator = endsInMidLine(fd, files) ? '\n' : ''
      writeFully(fd, Buffer.from(`${separator}${JSON.stringify(entry)}\n`), null, files)
      files.fsyncSync(fd)
    } finally {
      files.closeSync(fd)
    }
    syncFolder(storePath, files)
  })
}

function endsInMidLine(fd: number, files: Files): boolean {
  const { size } = files.fstatSync(fd)
  const last = Buffer.alloc(1)
  return size > 0 && files.readSync(fd, last, 0, 1, size - 1) === 1 && last.toString() !== '\n'
}

/** The history, oldest first; a line that a crash has torn is left out. */
export function readHistory(storePath: string): HistoryEntry[] {
  const path = historyFile(storePath)
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8').split('\n').flatMap(parseEntry)
}

function parseEntry(line: string): HistoryEntry[] {
  try {
    const value: unknown = JSON.parse(line)
    return entryCheck.Check(value) ? [value as HistoryEntry] : []
  } catch {
    return []
  }
}

/** The version of a model that was active just before a moment, by the history; undefined where it does not reach back so far. */
export function activeBefore(
  history: readonly HistoryEntry[],
  model: string,
  atMs: number,
): string | undefined {
  const changes = history.filter(
    (entry) =>
      entry.model === model &&
      entry.outcome === 'done' &&
      (entry.action === 'deploy' || entry.action === 'rollback'),
  )
  const last = changes.findLast((entry) => entry.atMs < atMs)
  return last?.version ?? changes[0]?.from ?? undefined
}

/** Whether the history knows of an attempt to serve a version at a moment or after it, whatever came of it. */
export function wasTriedSince(
  history: readonly HistoryEntry[],
  { model, version }: ModelVersion,
  atMs: number,
): boolean {
  return history.some(
    (entry) =>
      entry.model === model &&
      entry.version === version &&
      entry.atMs >= atMs &&
      (entry.action === 'deploy' || entry.action === 'rollback'),
  )
}
