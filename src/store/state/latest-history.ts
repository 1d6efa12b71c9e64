import { statSync } from 'node:fs'

import type { HistoryEntry } from '../../contracts/index.ts'
import { historyFile } from '../layout.ts'
import { takeLatestHistory } from './history.ts'

/** What returns the latest entries, oldest first; it may be called often, since it reads only if something was written. */
export function openLatestHistory(storePath: string, count: number): () => readonly HistoryEntry[] {
  let state: string | undefined
  let latest: readonly HistoryEntry[] = []
  return () => {
    const stat = statSync(historyFile(storePath), { throwIfNoEntry: false })
    const now = stat && `${stat.ino} ${stat.size} ${stat.mtimeMs}`
    // Between two files, while they are rotated, there is none.
    if (now !== state || now === undefined) latest = takeLatestHistory(storePath, { count })
    state = now
    return latest
  }
}
