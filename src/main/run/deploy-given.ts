import { statSync } from 'node:fs'

import type { DeployEvent, Log } from '../../contracts/index.ts'
import { formatModelVersion, toMessage } from '../../contracts/index.ts'
import {
  compareVersions,
  currentUser,
  listVersionNames,
  readManifest,
  readPointer,
} from '../../store/index.ts'
import type { Supervisor } from '../../supervisor/index.ts'

type Given = { readonly model: string; readonly version: string; readonly file: string }

/**
 * Deploys the files of a command line that are newer than what serves and that the store does not have, as `changeover deploy` does.
 * A version that the store has is left alone: it failed, or was rolled back from. What is not served is logged.
 */
export async function deployGiven(
  files: readonly Given[],
  {
    supervisor,
    storePath,
    log,
  }: { readonly supervisor: Pick<Supervisor, 'deploy'>; readonly storePath: string; readonly log: Log },
): Promise<void> {
  for (const given of files) {
    const { model, version, file } = given
    const active = readPointer(storePath, model)?.active
    if (active === undefined) continue
    if (active === version) {
      warnOfChange(given, { storePath, log })
      continue
    }
    const isInStore = listVersionNames(storePath, model).includes(version)
    const serving = formatModelVersion({ model, version: active })
    if (isInStore || compareVersions(version, active) < 0) {
      const target = isInStore ? formatModelVersion(given) : file
      log('info', `${file} is not served: ${serving} is; \`changeover deploy ${target}\` replaces it`)
      continue
    }
    const fault = await deploy(supervisor, given)
    if (fault !== undefined) log('error', `${file} is not served, and ${serving} is: ${fault}`)
  }
}

/** Why it failed; undefined if it did not. */
async function deploy(
  supervisor: Pick<Supervisor, 'deploy'>,
  { model, file }: Given,
): Promise<string | undefined> {
  let last: DeployEvent | undefined
  try {
    await supervisor.deploy(
      { target: file, model, by: currentUser(), why: 'given to `changeover up`' },
      (event) => (last = event),
    )
  } catch (error) {
    return toMessage(error)
  }
  return last?.type === 'end' && !last.ok ? last.error.message : undefined
}

/** A version never changes; whoever trains under the same name again should know that the old one serves. */
function warnOfChange(
  given: Given,
  { storePath, log }: { readonly storePath: string; readonly log: Log },
): void {
  const { source } = readManifest(storePath, given)
  const { size } = statSync(given.file)
  if (size !== source.sizeBytes)
    log(
      'warning',
      `${given.file} has ${size} bytes, and ${source.sizeBytes} when it was published as ${formatModelVersion(given)}, which serves; ` +
        'give a changed file another time in its name',
    )
}
