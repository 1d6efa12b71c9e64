import { ChangeoverError } from '../../contracts/index.ts'
import { failureCode } from './files.ts'

const advice: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: make room on it (`changeover models prune`), then do it again',
  EDQUOT: 'the quota of the disk is used up: make room (`changeover models prune`), then do it again',
  EROFS: 'the disk is read-only: have it mounted for writing, then do it again',
  EACCES: 'this user may not do that there: give it the folder of the store, or run the command as its owner',
  EPERM: 'this user may not do that there: give it the folder of the store, or run the command as its owner',
  EIO: 'the disk itself failed: check the kernel log, and move the store to another disk',
}

/** Runs a change of the store; a failed system call becomes `store_failed`, with what could not be done and what to do next. */
export function orStoreFailed<T>(what: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const code = failureCode(error)
    if (error instanceof ChangeoverError || code === undefined || !(error instanceof Error)) throw error
    const next = advice[code] ?? 'fix that, then do it again'
    throw new ChangeoverError('store_failed', `${what}: ${error.message}; ${next}`, { cause: error })
  }
}
