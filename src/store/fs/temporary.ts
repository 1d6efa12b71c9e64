import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'

import { temporaryFolder } from '../layout.ts'
import { makeFoldersIn, makeStoreFolder, removeQuietly } from './durable-write.ts'
import type { Files } from './files.ts'

/** Files of a process on another machine are removed when nothing has changed in them for this long. */
const abandonedAfterMs = 24 * 60 * 60 * 1_000

/** A path in the store's `tmp` that nobody else uses; its name has the process that it belongs to. Creates the store if there is none. */
export function temporaryPath(storePath: string, what: string, files: Files): string {
  makeStoreFolder(storePath, files)
  makeFoldersIn(storePath, ['tmp'], files)
  return join(temporaryFolder(storePath), `${what}+${process.pid}+${hostname()}+${randomUUID().slice(0, 8)}`)
}

/** Removes what dead processes left in `tmp`. */
export function sweepTemporary(storePath: string, nowMs: number, files: Files): void {
  const folder = temporaryFolder(storePath)
  try {
    for (const name of files.readdirSync(folder)) {
      const path = join(folder, name)
      if (isAbandoned(name, () => nowMs - files.statSync(path).mtimeMs)) removeQuietly(path, files)
    }
  } catch {
    // There is no tmp, or it cannot be read: nothing in it counts.
  }
}

/** Whether the process that made it is dead; for one of another machine or container, only its age counts. */
function isAbandoned(name: string, unchangedForMs: () => number): boolean {
  const [, pid, host] = name.split('+')
  if (host !== hostname()) return unchangedForMs() > abandonedAfterMs
  return !isAlive(Number(pid))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
