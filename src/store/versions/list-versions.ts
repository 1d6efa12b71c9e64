import { readdirSync } from 'node:fs'

import { ChangeoverError } from '../../contracts/index.ts'
import { modelsFolder, versionsFolder } from '../layout.ts'
import type { Manifest } from './manifest.ts'
import { readManifest } from './manifest.ts'

/** The names of all models that have a version in the store. */
export function listModels(storePath: string): string[] {
  return listFolder(modelsFolder(storePath))
}

/** The versions of a model by name, also damaged ones, oldest first: numbers by value, as the course sorts its files by time. */
export function listVersionNames(storePath: string, model: string): string[] {
  return listFolder(versionsFolder(storePath, model)).sort(compareVersions)
}

/** The order of versions: negative if `a` is older. */
export function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

/** The published versions of a model in the same order, without those whose manifest is damaged. */
export function listVersions(storePath: string, model: string): Manifest[] {
  return listVersionNames(storePath, model).flatMap((version) => {
    try {
      return [readManifest(storePath, { model, version })]
    } catch (error) {
      if (error instanceof ChangeoverError && error.code !== 'store_failed') return []
      throw error
    }
  })
}

function listFolder(path: string): string[] {
  try {
    return readdirSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
