import { formatModelVersion } from '../../contracts/index.ts'
import { activate, appendHistory, currentUser, readPointer, resolveTarget } from '../../store/index.ts'
import type { PassGatesOptions } from './pass-gates.ts'
import { passGates } from './pass-gates.ts'
import type { PublishTargetOptions } from './publish-target.ts'
import { publishTarget } from './publish-target.ts'

/** Publishes the `initial` file of every model that has no active version, and makes it the active one once it has passed the gates. */
export async function publishInitial(
  options: PublishTargetOptions & Omit<PassGatesOptions, 'activeVersions'>,
): Promise<void> {
  const { config, storePath, log } = options
  for (const [model, { initial }] of Object.entries(config.models)) {
    if (readPointer(storePath, model) !== undefined) continue
    if (initial === undefined) {
      log('warning', `${model} has no version yet: its routes fail until \`changeover deploy\` brings one`)
      continue
    }
    const target = resolveTarget({ target: initial, model }, config, storePath)
    await publishTarget(target, options)
    await passGates(target, {}, { ...options, activeVersions: () => Promise.resolve([]) }, () => undefined)
    const atMs = Date.now()
    activate(storePath, target, atMs)
    const { version } = target
    appendHistory(storePath, {
      atMs,
      action: 'deploy',
      model,
      version,
      from: null,
      by: currentUser(),
      why: 'the initial file',
      outcome: 'done',
    })
    log('info', `published ${initial} as ${formatModelVersion(target)}`)
  }
}
