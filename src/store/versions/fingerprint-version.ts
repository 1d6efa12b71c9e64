import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

import type { ModelVersion } from '../../contracts/index.ts'
import { versionFolder } from '../layout.ts'

/** A text that changes when the files of a version are written to, replaced or removed; empty if there are none. */
export function fingerprintVersion(storePath: string, target: ModelVersion): string {
  const folder = versionFolder(storePath, target)
  try {
    return readdirSync(folder, { encoding: 'utf8', recursive: true })
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
