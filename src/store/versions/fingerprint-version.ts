import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

import type { ModelVersion } from '../../contracts/index.ts'
import { versionFolder } from '../layout.ts'

/** A text that changes whenever somebody writes to the files of a version, puts others in their place, or removes them; empty where there are none. */
export function fingerprintVersion(storePath: string, target: ModelVersion): string {
  const folder = versionFolder(storePath, target)
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => {
        const { ino, size, mtimeMs, ctimeMs } = statSync(join(folder, name))
        return [name, ino, size, mtimeMs, ctimeMs].join(':')
      })
      .join(' ')
  } catch {
    return ''
  }
}
