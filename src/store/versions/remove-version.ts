import { dirname } from 'node:path'

import type { ErrorCode, ModelVersion } from '../../contracts/index.ts'
import { ChangeoverError, defined, formatModelVersion } from '../../contracts/index.ts'
import { currentUser } from '../fs/current-user.ts'
import { removeQuietly, syncFolder } from '../fs/durable-write.ts'
import type { Files } from '../fs/files.ts'
import { failureCode, nodeFiles } from '../fs/files.ts'
import { orStoreFailed } from '../fs/store-failed.ts'
import { sweepTemporary, temporaryPath } from '../fs/temporary.ts'
import { versionFolder } from '../layout.ts'
import { appendHistory } from '../state/history.ts'
import { readPointer } from '../state/pointer.ts'
import { findUsers } from '../state/version-users.ts'
import { listVersionNames } from './list-versions.ts'

export type RemoveRequest = ModelVersion & {
  readonly storePath: string
  /** The user who asks for it; the one of this process unless given. */
  readonly by?: string
  /** From where it is asked for, if over TCP. */
  readonly address?: string
  readonly why?: string
  readonly nowMs: number
}

/**
 * Removes a version for good. Throws `version_unknown`, `store_failed`, and `version_in_use` for the active version, the
 * previous one, and one that a process has mapped: then it is all there as before.
 */
export function removeVersion(request: RemoveRequest, files: Files = nodeFiles): void {
  const { storePath, model, version, nowMs, by = currentUser(), address, why } = request
  orStoreFailed(`${formatModelVersion(request)} could not be removed`, () => {
    const folder = versionFolder(storePath, request)
    if (!listVersionNames(storePath, model).includes(version)) throw unknown(request)
    refusePointedAt(request, files)
    const [user] = findUsers(folder)
    if (user !== undefined) throw inUse(request, `process ${user} serves from it`)
    const from = readPointer(storePath, model, files)?.active ?? null
    const removed = temporaryPath(storePath, 'removed', files)
    moveAway(request, folder, removed, files)
    try {
      // A process that makes a version active checks that it is there after writing the pointer: one of both sees the other.
      refusePointedAt(request, files)
      syncFolder(dirname(folder), files)
      appendHistory(
        storePath,
        {
          atMs: nowMs,
          action: 'remove',
          model,
          version,
          from,
          by,
          ...defined({ address, why }),
          outcome: 'done',
        },
        files,
      )
    } catch (error) {
      files.renameSync(removed, folder)
      throw error
    }
    removeQuietly(removed, files)
  })
}

function moveAway(target: ModelVersion, folder: string, removed: string, files: Files): void {
  try {
    files.renameSync(folder, removed)
  } catch (error) {
    throw failureCode(error) === 'ENOENT' ? unknown(target) : error
  }
}

function unknown({ model, version }: ModelVersion): ChangeoverError {
  return new ChangeoverError(
    'version_unknown',
    `the store has no version ${version} of ${model}; \`changeover models\` lists what it has`,
  )
}

function refusePointedAt(target: RemoveRequest, files: Files): void {
  const pointer = readPointer(target.storePath, target.model, files)
  if (pointer?.active === target.version) throw inUse(target, 'it is the active version')
  if (pointer?.previous === target.version) throw inUse(target, 'it is the version that a rollback goes to')
}

function inUse(target: ModelVersion, why: string): ChangeoverError {
  return new ChangeoverError(
    'version_in_use',
    `${formatModelVersion(target)} stays: ${why}; deploy another version first`,
  )
}

export type PruneRequest = Omit<RemoveRequest, 'version' | 'why'> & {
  /** How many of the newest versions stay. */
  readonly keep: number
}

/** What keeps a version from being pruned: it is in use, or another process has just removed it. */
const stays: readonly ErrorCode[] = ['version_in_use', 'version_unknown']

/**
 * Removes the versions of a model but the newest `keep`, the active one, the previous one, and those that a process has
 * mapped; also what unfinished work has left behind. Returns what it removed, oldest first. Throws `store_failed`.
 */
export function prune({ keep, ...request }: PruneRequest, files: Files = nodeFiles): string[] {
  const { storePath, model, nowMs } = request
  sweepTemporary(storePath, nowMs, files)
  return listVersionNames(storePath, model)
    .slice(0, -keep)
    .filter((version) => {
      try {
        removeVersion({ ...request, version, why: `keep: ${keep}` }, files)
        return true
      } catch (error) {
        if (error instanceof ChangeoverError && stays.includes(error.code)) return false
        throw error
      }
    })
}
