import { readdirSync } from 'node:fs'

import { modelsFolder, versionsFolder } from './layout.ts'
import { readManifest } from './manifest.ts'
import type { Manifest } from './manifest.ts'

/** The names of all models that have a version in the store. */
export function listModels(storePath: string): string[] {
  return listFolder(modelsFolder(storePath))
}

/** The published versions of a model, oldest first: numbers by value, as the course sorts its files by time. */
export function listVersions(storePath: string, model: string): Manifest[] {
  return listFolder(versionsFolder(storePath, model))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((version) => readManifest(storePath, { model, version }))
}

function listFolder(path: string): string[] {
  try {
    return readdirSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
