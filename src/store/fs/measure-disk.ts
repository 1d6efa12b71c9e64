import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import type { ModelVersion } from '../../contracts/index.ts'
import { temporaryFolder, versionFolder } from '../layout.ts'

/** The bytes of a version's files. */
export const measureVersion = (storePath: string, target: ModelVersion): number =>
  sizeOf(versionFolder(storePath, target))

/** The bytes of unfinished files, and of those that a dead process left. */
export const measureUnfinished = (storePath: string): number => sizeOf(temporaryFolder(storePath))

/** Files may be removed while they are counted. */
function sizeOf(path: string): number {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (stat?.isDirectory() !== true) return stat?.size ?? 0
  return listNames(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
}

function listNames(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
