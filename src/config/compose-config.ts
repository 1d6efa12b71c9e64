import { randomBytes } from 'node:crypto'
import { renameSync, rmSync, writeFileSync } from 'node:fs'

import { stringify } from 'yaml'

import type { LoadedConfig } from './load-config.ts'
import { checkConfig } from './load-config.ts'
import { parseYaml } from './read-source.ts'

/** A configuration that no file holds yet. */
export type ComposedConfig = {
  readonly loaded: LoadedConfig
  /** Writes it to its path, in one step; the folder must be there. */
  readonly save: () => void
}

/** Takes a value for the configuration at an absolute path; `comment` goes before it in the file. Throws `config_invalid`. */
export function composeConfig(path: string, value: object, comment: string): ComposedConfig {
  const text = comment + stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })
  return { loaded: checkConfig(path, parseYaml(text, path)), save: () => replaceFile(path, text) }
}

/** Commands may read it at any time. */
function replaceFile(path: string, text: string): void {
  const beside = `${path}.${randomBytes(4).toString('hex')}`
  try {
    writeFileSync(beside, text, { flag: 'wx' })
    renameSync(beside, path)
  } catch (error) {
    rmSync(beside, { force: true })
    throw error
  }
}
