import type { Stats } from 'node:fs'
import { chmodSync, lstatSync, mkdirSync, realpathSync, rmdirSync } from 'node:fs'
import { dirname } from 'node:path'

import { ChangeoverError, toMessage } from '../contracts/index.ts'

const ownerOnly = 0o700
const othersMayWrite = 0o022
const everybodyMayWrite = 0o002
const permissions = 0o777

/** Makes a folder that only its user may enter, or checks that it is one. Throws `run_folder_unusable`. */
export function prepareOwnFolder(path: string): void {
  checkWay(path, currentUserId())
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) {
    makeFolder(path, ownerOnly)
    if ((lstatSync(path).mode & othersMayWrite) !== 0) {
      rmdirSync(path)
      throw unusable(
        path,
        'lets others in, as its file system has no modes; specify another with the key run',
      )
    }
  }
  checkFolder(path, currentUserId())
  chmodSync(path, ownerOnly)
}

/** Makes a folder, and those above it. Throws `run_folder_unusable`. */
export function makeFolder(path: string, mode?: number): void {
  try {
    mkdirSync(path, { recursive: true, mode })
  } catch (error) {
    throw unusable(
      path,
      `cannot be made: ${toMessage(error)}; let this user write there, or name another folder with the keys data and run`,
      error,
    )
  }
}

/** Throws `run_folder_unusable` if a user other than `ownerId` or root could have put something into a folder, or in its place. */
function checkFolder(path: string, ownerId: number): void {
  checkWay(path, ownerId)
  const stats = lstatSync(path)
  if (stats.isSymbolicLink()) throw unusable(path, 'is a link; put the folder itself there')
  if (!stats.isDirectory()) throw unusable(path, 'is not a folder; remove it')
  if (stats.uid !== ownerId)
    throw unusable(path, `belongs to user ${stats.uid}; remove it, or name another folder with the key run`)
  if ((stats.mode & othersMayWrite) !== 0)
    throw unusable(
      path,
      `has the mode ${(stats.mode & permissions).toString(8)}, so others may have put something into it; stop what runs, and remove it`,
    )
}

/** Throws `run_folder_unusable` if a socket is not one of `ownerIds`', or others could have put it there; a missing one is left to the connect. Throws `not_running` if this user may not read it. */
export function checkSocket(path: string, ownerIds: readonly number[]): void {
  const stats = lookAt(path)
  if (stats === undefined) return
  if (!ownerIds.includes(stats.uid))
    throw new ChangeoverError(
      'run_folder_unusable',
      `${path} belongs to user ${stats.uid}, who could pose as the supervisor; run the command as that user, or remove it`,
    )
  checkFolder(dirname(path), stats.uid)
}

function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    throw new ChangeoverError(
      'not_running',
      `${path} cannot be reached by this user (${(error as NodeJS.ErrnoException).code ?? 'unknown'}); run the command as the user whose stack it is`,
      { cause: error },
    )
  }
}

/** The user that this process acts as. */
export function currentUserId(): number {
  return process.geteuid?.() ?? 0
}

/**
 * Below a folder that everybody may write to, as /tmp, each folder must be the owner's or root's, and no link of anybody
 * else's. Returns whether there is such a folder on the way.
 */
function checkWay(path: string, ownerId: number): boolean {
  let isShared = false
  for (const folder of foldersAbove(path)) {
    const stats = lstatSync(folder, { throwIfNoEntry: false })
    if (stats === undefined) break
    if (isShared && stats.uid !== 0 && stats.uid !== ownerId)
      throw unusable(
        path,
        `is below ${folder}, which belongs to user ${stats.uid}; name another with the key run`,
      )
    if (stats.isSymbolicLink()) isShared = checkWay(`${realpathSync(folder)}/.`, ownerId) || isShared
    else isShared ||= mayEverybodyWrite(stats)
  }
  return isShared
}

function mayEverybodyWrite({ mode }: Stats): boolean {
  return (mode & everybodyMayWrite) !== 0
}

/** From the root on. */
function foldersAbove(path: string): string[] {
  const above = dirname(path)
  return above === path ? [] : [...foldersAbove(above), above]
}

export function unusable(path: string, why: string, cause?: unknown): ChangeoverError {
  return new ChangeoverError('run_folder_unusable', `${path} cannot hold the sockets of a stack: it ${why}`, {
    cause,
  })
}
