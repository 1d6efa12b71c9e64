import { existsSync } from 'node:fs'

import { createJiti } from 'jiti'

import { ChangeoverError } from '../../../contracts/index.ts'
import type { Service } from '../../../worker/index.ts'
import { defineService } from '../../../worker/index.ts'
import { createCachedTransform } from './cached-transform.ts'
import { ownExports } from './own-exports.ts'

/**
 * Runs a service file, in TypeScript or JavaScript; without one there are no routes. With a run folder, what it is compiled to
 * is kept there for the next process. Throws `service_invalid` if it fails or does not export a service.
 */
export async function loadService(path: string | undefined, runFolder?: string): Promise<Service> {
  if (path === undefined) return defineService(() => undefined)
  if (!existsSync(path))
    throw new ChangeoverError(
      'service_invalid',
      `there is no service file ${path}; check \`service\` in the configuration`,
    )
  let exported: unknown
  try {
    exported = await createJiti(import.meta.url, {
      alias: ownExports(),
      fsCache: false,
      ...(runFolder !== undefined && { transform: createCachedTransform(runFolder) }),
    }).import(path, { default: true })
  } catch (error) {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error)
    throw new ChangeoverError('service_invalid', `the service file ${path} failed: ${why}`, { cause: error })
  }
  if (isService(exported)) return exported
  throw new ChangeoverError(
    'service_invalid',
    `${path} must export a service by default: export default defineService(…)`,
  )
}

function isService(value: unknown): value is Service {
  return typeof value === 'object' && value !== null && 'routes' in value && Array.isArray(value.routes)
}
