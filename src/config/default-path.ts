import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

const ownName = 'changeover.yaml'

/** The configuration that `changeover up FILES` writes, from the folder where it runs. */
export const writtenConfigPath = '.changeover/changeover.yaml'

/** The configuration that commands read unless an option names one; absolute. */
export function defaultConfigPath(): string {
  return resolve(findOwnConfig() ?? (existsSync(writtenConfigPath) ? writtenConfigPath : ownName))
}

/** The configuration that a person chose or wrote: that of the environment, or of the current folder. */
export function findOwnConfig(): string | undefined {
  return process.env['CHANGEOVER_CONFIG'] ?? (existsSync(ownName) ? ownName : undefined)
}
