import { setImmediate as nextTurn } from 'node:timers/promises'

import type { Config, ModelVersion } from '../contracts/index.ts'
import { requireTrusted, verifyVersion, versionDamaged } from '../store/index.ts'

/**
 * Hashes what a version serves from, before any process loads it; between two pieces of a file the supervisor goes on with its
 * other work. Throws `version_damaged`, `version_untrusted` and `version_unknown`.
 */
export async function checkVersion(
  storePath: string,
  target: ModelVersion,
  { trustedKeys }: Pick<Config, 'trustedKeys'>,
): Promise<void> {
  requireTrusted(storePath, target, trustedKeys)
  const steps = verifyVersion(storePath, target, 'served')
  for (;;) {
    const step = steps.next()
    if (step.done !== true) {
      await nextTurn()
      continue
    }
    if (step.value.length > 0) throw versionDamaged(target, step.value)
    return
  }
}
