import { setTimeout as sleep } from 'node:timers/promises'

import type { StartOptions } from '../../cli/index.ts'
import { printAside } from '../../cli/index.ts'
import type { Config } from '../../config/schema/index.ts'
import { ChangeoverError } from '../../contracts/index.ts'
import { discoverProcesses } from '../../supervisor/index.ts'
import { log } from '../log/log.ts'
import { setDevelopment } from '../mode.ts'
import { stopRequest } from '../signals/signals.ts'
import { Development } from './dev/development.ts'
import { withStackFolder } from './own-run-folder.ts'
import { runStack } from './up.ts'

/** How long the processes of a `changeover dev` that was killed may take to end. */
const endTimeoutMs = 5_000
const lookMs = 50

/** Runs the whole stack until it is stopped, and serves what is saved meanwhile. Nothing outlives this process. */
export async function dev(options: StartOptions): Promise<void> {
  const { loaded } = options
  await withStackFolder(loaded.config, async (runFolder) => {
    await refuseLeftBehind(runFolder)
    setDevelopment()
    const stop = stopRequest(['SIGHUP'])
    const development = new Development({
      configPath: loaded.path,
      runFolder,
      loadConfig: options.loadAgain,
      log,
      print: printAside,
    })
    void stop.requested.then(() => development.close())
    const config = await development.untilSound()
    if (config === undefined) return
    requireSameFolders(loaded.config, config)
    try {
      await runStack({ ...options, loaded: { ...loaded, config } }, runFolder, {
        stop,
        start: (supervisor) => development.start(supervisor),
        close: () => development.close(),
      })
    } finally {
      await development.close()
    }
  })
}

/** A stack whose supervisor was killed still answers callers; it is not this command's to end. Throws `already_running`. */
async function refuseLeftBehind(runFolder: string): Promise<void> {
  const deadlineMs = performance.now() + endTimeoutMs
  for (;;) {
    const { inPlace } = await discoverProcesses(runFolder)
    if (inPlace.length === 0) return
    if (performance.now() > deadlineMs)
      throw new ChangeoverError(
        'already_running',
        `processes of a stack whose supervisor was killed still serve here: ${inPlace.map(({ name, pid }) => `${name} (${pid})`).join(', ')}; \`changeover up\` adopts them, \`changeover down\` stops them`,
      )
    await sleep(lookMs)
  }
}

/** Both may change until the service loads; the folders are this process's already. Throws `config_invalid`. */
function requireSameFolders(before: Config, now: Config): void {
  if (before.data === now.data && before.run === now.run) return
  throw new ChangeoverError('config_invalid', '`data` or `run` has changed; start `changeover dev` again')
}
