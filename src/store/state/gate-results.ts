import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { GateReport, ModelVersion } from '../../contracts/index.ts'
import { replaceDurably } from '../fs/durable-write.ts'
import type { Files } from '../fs/files.ts'
import { nodeFiles } from '../fs/files.ts'
import { orStoreFailed } from '../fs/store-failed.ts'
import { temporaryPath } from '../fs/temporary.ts'
import { fileNames, versionFolder } from '../layout.ts'

/** What the gates last said of a version, when, and beside which active version. */
export type GateResults = {
  readonly atMs: number
  readonly active: string | null
  readonly reports: readonly GateReport[]
}

/** Keeps what the gates said beside a version's manifest, which itself never changes; the last word replaces the one before. Throws `store_failed`. */
export function writeGateResults(
  storePath: string,
  target: ModelVersion,
  results: GateResults,
  files: Files = nodeFiles,
): void {
  const path = join(versionFolder(storePath, target), fileNames.gates)
  orStoreFailed(`what the gates said could not be kept in ${path}`, () => {
    const beside = temporaryPath(storePath, 'gates', files)
    replaceDurably(path, `${JSON.stringify(results, undefined, 2)}\n`, beside, files)
  })
}

/** What the gates last said of a version; undefined where it has never come to them, or the file is damaged. */
export function readGateResults(storePath: string, target: ModelVersion): GateResults | undefined {
  try {
    return JSON.parse(
      readFileSync(join(versionFolder(storePath, target), fileNames.gates), 'utf8'),
    ) as GateResults
  } catch {
    return undefined
  }
}
