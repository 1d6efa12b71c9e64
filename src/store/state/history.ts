import { closeSync, fstatSync, openSync } from 'node:fs'

import Type from '#typebox'
import { Compile } from '#typebox/compile'

import type { HistoryEntry, HistoryQuery, ModelVersion } from '../../contracts/index.ts'
import { makeStoreFolder, syncFolder, writeFully } from '../fs/durable-write.ts'
import type { Files } from '../fs/files.ts'
import { failureCode, nodeFiles } from '../fs/files.ts'
import { linesBackwards, linesFrom } from '../fs/read-lines.ts'
import { orStoreFailed } from '../fs/store-failed.ts'
import { historyFile } from '../layout.ts'
import type { HistoryLimits } from './history-segments.ts'
import { listSegments, removeOldSegments, rotate } from './history-segments.ts'

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

const usualLimits: HistoryLimits = { segmentBytes: 1024 * 1024, keptBytes: 16 * 1024 * 1024 }

/** Adds a line to the store's history, durably. A line that a crash has left unfinished is closed first. Throws `store_failed`. */
export function appendHistory(
  storePath: string,
  entry: HistoryEntry,
  files: Files = nodeFiles,
  limits = usualLimits,
): void {
  const path = historyFile(storePath)
  orStoreFailed(`the history ${path} could not be written`, () => {
    makeStoreFolder(storePath, files)
    rotate(storePath, files, limits)
    const fd = files.openSync(path, 'a+', 0o644)
    try {
      const separator = endsInMidLine(fd, files) ? '\n' : ''
      writeFully(fd, Buffer.from(`${separator}${JSON.stringify(entry)}\n`), null, files)
      files.fsyncSync(fd)
    } finally {
      files.closeSync(fd)
    }
    syncFolder(storePath, files)
    removeOldSegments(storePath, limits, files)
  })
}

function endsInMidLine(fd: number, files: Files): boolean {
  const { size } = files.fstatSync(fd)
  const last = Buffer.alloc(1)
  return size > 0 && files.readSync(fd, last, 0, 1, size - 1) === 1 && last.toString() !== '\n'
}

/** The history, oldest first, without lines that a crash left incomplete. */
export function readHistory(storePath: string): HistoryEntry[] {
  return [...latestHistory(storePath)].reverse()
}

/** The history, latest first; reads no more than the caller takes. */
export function* latestHistory(storePath: string): Generator<HistoryEntry> {
  const opened: number[] = []
  const seen = new Set<string>()
  const open = (path: string): number | undefined => {
    const fd = tryOpen(path)
    if (fd === undefined) return undefined
    opened.push(fd)
    const key = keyOf(fstatSync(fd))
    if (seen.has(key)) return undefined
    seen.add(key)
    return fd
  }
  try {
    // First, so that what is renamed meanwhile is still read, and only once.
    const current = open(historyFile(storePath))
    if (current !== undefined) yield* entriesBackwards(current)
    for (const segment of listSegments(storePath)) {
      const fd = open(segment)
      if (fd !== undefined) yield* entriesBackwards(fd)
    }
  } finally {
    for (const fd of opened) closeSync(fd)
  }
}

/** The latest entries of the history, oldest first; reads no more than these. */
export function takeLatestHistory(storePath: string, { count, model }: HistoryQuery): HistoryEntry[] {
  const entries: HistoryEntry[] = []
  for (const entry of latestHistory(storePath)) {
    if (model === undefined || entry.model === model) entries.push(entry)
    if (entries.length === count) break
  }
  return entries.reverse()
}

function* entriesBackwards(fd: number): Generator<HistoryEntry> {
  for (const line of linesBackwards(fd)) yield* parseEntry(line)
}

/** Reads the history incrementally, from where it was last read. */
export class HistoryFollower {
  readonly #storePath: string
  /** How far each file has been read. */
  readonly #offsets = new Map<string, number>()

  readonly #files: Pick<Files, 'readdirSync'>

  constructor(storePath: string, files: Pick<Files, 'readdirSync'> = nodeFiles) {
    this.#storePath = storePath
    this.#files = files
  }

  /** The entries that have come since the last call; all of them at the first. */
  *takeNew(): Generator<HistoryEntry> {
    // First, as in `latestHistory`: what is renamed meanwhile is read, and its place in it is kept.
    const current = tryOpen(historyFile(this.#storePath))
    const segments = listSegments(this.#storePath, this.#files).reverse()
    const fds = [...segments.map(tryOpen), current]
    try {
      const open = fds.filter((fd) => fd !== undefined)
      const keys = new Set(open.map((fd) => lastingKeyOf(fstatSync(fd))))
      for (const key of this.#offsets.keys()) if (!keys.has(key)) this.#offsets.delete(key)
      for (const fd of open) yield* this.#readOn(fd)
    } finally {
      for (const fd of fds) if (fd !== undefined) closeSync(fd)
    }
  }

  *#readOn(fd: number): Generator<HistoryEntry> {
    const stat = fstatSync(fd)
    const key = lastingKeyOf(stat)
    let offset = this.#offsets.get(key) ?? 0
    if (stat.size <= offset) return
    for (const { line, end } of linesFrom(fd, offset)) {
      offset = end
      this.#offsets.set(key, offset)
      yield* parseEntry(line)
    }
  }
}

function keyOf({ dev, ino }: ReturnType<typeof fstatSync>): string {
  return `${dev} ${ino}`
}

/** The inode number of a removed file may be reused for the next one, whose birth time is later. */
function lastingKeyOf(stat: ReturnType<typeof fstatSync>): string {
  return `${keyOf(stat)} ${stat.birthtimeMs}`
}

function tryOpen(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if (failureCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function parseEntry(line: string): HistoryEntry[] {
  try {
    const value: unknown = JSON.parse(line)
    return entryCheck.Check(value) ? [value as HistoryEntry] : []
  } catch {
    return []
  }
}

/** Whether an entry is of a rollout: an attempt to have a version serve. */
export function isRollout({ action }: HistoryEntry): boolean {
  return action === 'deploy' || action === 'rollback'
}

/**
 * The version of a model that was active just before a moment, by a history with its latest entry first; undefined if it does
 * not reach back so far.
 */
export function activeBefore(
  latestFirst: Iterable<HistoryEntry>,
  { model }: Pick<ModelVersion, 'model'>,
  atMs: number,
): string | undefined {
  let first: HistoryEntry | undefined
  for (const entry of latestFirst) {
    if (entry.model !== model || entry.outcome !== 'done' || !isRollout(entry)) continue
    if (entry.atMs < atMs) return entry.version
    first = entry
  }
  return first?.from ?? undefined
}
