import { readFileSync, rmSync } from 'node:fs'

import type { HistoryEntry } from '../contracts/index.ts'
import { replaceDurably } from './durable-write.ts'
import { rolloutNoteFile } from './layout.ts'

/** A rollout that is under way: what the history says of it once it is over. */
export type RolloutNote = Pick<HistoryEntry, 'atMs' | 'action' | 'model' | 'version' | 'from' | 'by' | 'why'>

/** Notes that a rollout begins, so that whoever comes after a crash knows of it. */
export function noteRollout(storePath: string, note: RolloutNote): void {
  replaceDurably(rolloutNoteFile(storePath), JSON.stringify(note))
}

/** The rollout that was under way when its supervisor ended; undefined where there was none. */
export function readRolloutNote(storePath: string): RolloutNote | undefined {
  try {
    return JSON.parse(readFileSync(rolloutNoteFile(storePath), 'utf8')) as RolloutNote
  } catch {
    return undefined
  }
}

export function removeRolloutNote(storePath: string): void {
  rmSync(rolloutNoteFile(storePath), { force: true })
}
