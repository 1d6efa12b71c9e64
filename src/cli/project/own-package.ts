import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Project } from './project.ts'

type Manifest = {
  readonly version: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

const ownFolder = fileURLToPath(new URL('../../..', import.meta.url))

/** The packages of a new project: this very program, and the versions that it is tested with. */
export function packageVersions(): Project['versions'] {
  const { version, dependencies, devDependencies } = JSON.parse(
    readFileSync(resolve(ownFolder, 'package.json'), 'utf8'),
  ) as Manifest
  const range = (exact: string | undefined): string => `^${exact ?? version}`
  // A checkout is not what a registry has under its version.
  const isInstalled = ownFolder.includes('/node_modules/')
  return {
    changeover: isInstalled ? range(version) : `file:${resolve(ownFolder)}`,
    jiti: range(dependencies['jiti']),
    typescript: range(devDependencies['typescript']),
    '@types/node': range(devDependencies['@types/node']),
  }
}
