import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { GateReport, ModelVersion } from '../../contracts/index.ts'
import { replaceDurably } from '../fs/durable-write.ts'
import type { Files } from '../fs/files.ts'
import { nodeFiles } from '../fs/files.ts'
import { orStoreFailed } from '../fs/store-failed.ts'
import { temporaryPath } from '../fs/temporary.ts'
import { fileNames, versionFolder } from '../layout.ts'

/** The gates' last results for a version, when, and beside which active version. */
export type GateResults = {
  readonly atMs: number
  readonly active: string | null
  readonly reports: readonly GateReport[]
}

/** Saves the gates' results beside a version's manifest, which never changes; the last results replace those before. Throws `store_failed`. */
export function writeGateResults(
  storePath: string,
  target: ModelVersion,
  results: GateResults,
  files: Files = nodeFiles,
): void {
  const path = join(versionFolder(storePath, target), fileNames.gates)
  orStoreFailed(`the gates' results could not be saved in ${path}`, () => {
    const beside = temporaryPath(storePath, 'gates', files)
    replaceDurably(path, `${JSON.stringify(results, undefined, 2)}\n`, beside, files)
  })
}

/** The gates' last results for a version; undefined if it was never tried, or the file is damaged. */
export function readGateResults(storePath: string, target: ModelVersion): GateResults | undefined {
  try {
    return JSON.parse(
      readFileSync(join(versionFolder(storePath, target), fileNames.gates), 'utf8'),
    ) as GateResults
  } catch {
    return undefined
  }
}
