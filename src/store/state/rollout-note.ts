import { readFileSync } from 'node:fs'

import type { HistoryEntry } from '../../contracts/index.ts'
import { makeStoreFolder, removeQuietly, replaceDurably } from '../fs/durable-write.ts'
import type { Files } from '../fs/files.ts'
import { nodeFiles } from '../fs/files.ts'
import { orStoreFailed } from '../fs/store-failed.ts'
import { temporaryPath } from '../fs/temporary.ts'
import { rolloutNoteFile } from '../layout.ts'

/** A rollout in progress: what the history records of it when it is over. */
export type RolloutNote = Pick<
  HistoryEntry,
  'atMs' | 'action' | 'model' | 'version' | 'from' | 'by' | 'address' | 'why'
>

/** Records that a rollout begins, so that the next supervisor learns of it after a crash. Throws `store_failed`. */
export function noteRollout(storePath: string, note: RolloutNote, files: Files = nodeFiles): void {
  const path = rolloutNoteFile(storePath)
  orStoreFailed(`the rollout could not be noted in ${path}`, () => {
    makeStoreFolder(storePath, files)
    replaceDurably(path, JSON.stringify(note), temporaryPath(storePath, 'rollout', files), files)
  })
}

/** The rollout that was in progress when its supervisor exited; undefined if there was none. */
export function readRolloutNote(storePath: string): RolloutNote | undefined {
  try {
    return JSON.parse(readFileSync(rolloutNoteFile(storePath), 'utf8')) as RolloutNote
  } catch {
    return undefined
  }
}

export function removeRolloutNote(storePath: string, files: Files = nodeFiles): void {
  removeQuietly(rolloutNoteFile(storePath), files)
}
