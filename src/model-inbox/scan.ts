import type { ModelVersion } from '../contracts/index.ts'

/** A file of the watched folder whose name follows the rule. */
export type FoundFile = ModelVersion & {
  readonly name: string
  /** Changes whenever the file does: size, time of change, inode. */
  readonly fingerprint: string
  /** When its content or its name last changed, by the file system: a copy that keeps times does not set it back. */
  readonly changedAtMs: number
}

/** The state of a file: since when it has not changed, and whether it has been taken or refused. */
type Seen = { readonly fingerprint: string; readonly sinceMs: number; readonly isSettled: boolean }

/** The files of the folder, by name, as they were at the last check. */
export type Memory = ReadonlyMap<string, Seen>

export const nothingSeen: Memory = new Map()

/** What the rest of the program provides about models and their versions. */
export type Known = {
  readonly active: (model: string) => string | undefined
  /** Whether this file has been dealt with before, as it is: its version was tried, or rolled back from, and is not wanted again. */
  readonly isKnown: (file: FoundFile) => boolean
  /** The order of versions: negative if `a` is older. */
  readonly compare: (a: string, b: string) => number
}

export type ScanResult = {
  readonly memory: Memory
  /** The newest file of each model that is newer than the active version and has not changed for long enough. */
  readonly ripe: readonly FoundFile[]
  /** Files that were not seen before and are older than the active version. */
  readonly older: readonly FoundFile[]
  /** When the next pending file will have settled, if it does not change any more. */
  readonly settlesAtMs: number | undefined
}

/**
 * Checks the files of the folder. Of each model only the newest file counts that has not been handled in its present state; if that
 * one still changes, none is taken.
 */
export function scan(
  memory: Memory,
  found: readonly FoundFile[],
  known: Known,
  { settleMs, nowMs }: { readonly settleMs: number; readonly nowMs: number },
): ScanResult {
  const next = new Map(found.map((file) => [file.name, remember(memory.get(file.name), file, nowMs)]))
  const isOlder = ({ model, version }: FoundFile): boolean => {
    const active = known.active(model)
    return active !== undefined && known.compare(version, active) < 0
  }
  const isWanted = (file: FoundFile): boolean =>
    next.get(file.name)?.isSettled === false && !isOlder(file) && !known.isKnown(file)
  const newest = newestOfEach(found.filter(isWanted), known.compare)
  const settlesAtMs = (file: FoundFile): number => (next.get(file.name)?.sinceMs ?? nowMs) + settleMs
  const waiting = newest.map(settlesAtMs).filter((atMs) => atMs > nowMs)
  return {
    memory: next,
    ripe: newest.filter((file) => settlesAtMs(file) <= nowMs),
    older: found.filter((file) => !memory.has(file.name) && isOlder(file)),
    settlesAtMs: waiting.length === 0 ? undefined : Math.min(...waiting),
  }
}

/** A file has been handled: it is not checked again until it changes. */
export function settle(memory: Memory, { name, fingerprint }: FoundFile): Memory {
  const seen = memory.get(name)
  if (seen?.fingerprint !== fingerprint) return memory
  return new Map(memory).set(name, { ...seen, isSettled: true })
}

function remember(seen: Seen | undefined, { fingerprint }: FoundFile, nowMs: number): Seen {
  return seen?.fingerprint === fingerprint ? seen : { fingerprint, sinceMs: nowMs, isSettled: false }
}

function newestOfEach(files: readonly FoundFile[], compare: Known['compare']): FoundFile[] {
  const newest = new Map<string, FoundFile>()
  for (const file of files) {
    const other = newest.get(file.model)
    if (other === undefined || compare(file.version, other.version) > 0) newest.set(file.model, file)
  }
  return [...newest.values()]
}
