import type { Config, ModelVersion } from '../contracts/index.ts'
import { readPointer } from '../store/index.ts'

/** What the pointers say is to be served. */
export function activeVersions({ models }: Pick<Config, 'models'>, storePath: string): ModelVersion[] {
  return Object.keys(models).flatMap((model) => {
    const pointer = readPointer(storePath, model)
    return pointer === undefined ? [] : [{ model, version: pointer.active }]
  })
}
