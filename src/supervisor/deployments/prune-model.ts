import type { Config } from '../../config/schema/index.ts'
import type { Log } from '../../contracts/index.ts'
import { formatModelVersion, toMessage } from '../../contracts/index.ts'
import { prune } from '../../store/index.ts'

/** Removes the versions of a model that are over its `keep`. The rollout before it does not fail if one cannot be removed. */
export function pruneModel(
  model: string,
  {
    config,
    storePath,
    log,
  }: { readonly config: Pick<Config, 'models'>; readonly storePath: string; readonly log: Log },
): void {
  const keep = config.models[model]?.keep
  if (keep === undefined) return
  try {
    for (const version of prune({ storePath, model, keep, nowMs: Date.now() }))
      log('info', `removed ${formatModelVersion({ model, version })}: keep is ${keep}`)
  } catch (error) {
    log('warning', toMessage(error))
  }
}
