import { fileURLToPath } from 'node:url'

import { dataPaths, loadConfig } from '../config/index.ts'
import type { LoadedConfig } from '../config/index.ts'
import { ChangeoverError } from '../contracts/index.ts'
import { ControlServer, createControlClient } from '../control/index.ts'
import { stopNginx } from '../gateway/index.ts'
import { openServiceManager } from '../service-manager/index.ts'
import { canShareMemory, readHistory } from '../store/index.ts'
import { Supervisor } from '../supervisor/index.ts'
import { isStackWell } from './is-stack-well.ts'
import { loadService } from './load-service.ts'
import { log } from './log.ts'
import { isAtOnce, obeySignals } from './signals.ts'
import { suggestNext } from './suggest-next.ts'
import { watchFolder } from './watch-folder.ts'

const entry = (name: string): string => fileURLToPath(new URL(`./${name}.js`, import.meta.url))

export const entries = {
  worker: entry('worker'),
  gateway: entry('gateway'),
  nginx: entry('nginx'),
  publisher: entry('publisher'),
  modelCheck: entry('model-check'),
  gatekeeper: entry('gatekeeper'),
}

/** Runs the whole stack until it is told to stop. Resolves when every process has ended. */
export async function up({ config, path }: LoadedConfig): Promise<void> {
  const paths = dataPaths(config.data)
  await refuseSecond(paths.controlSocket)
  await loadService(config.service)
  if (!canShareMemory)
    log(
      'warning',
      'koffi is missing: every process reads models into its own memory; `npm install koffi` shares them',
    )

  const serviceManager = await openServiceManager(process.env, process.pid, log)
  const stop = stopRequest()
  const supervisor = new Supervisor({
    config,
    configPath: path,
    storePath: paths.store,
    loadConfig: async () => (await loadConfig(path)).config,
    recordFolder: paths.record,
    runFolder: paths.run,
    entries,
    log,
    stopNginx,
  })
  await supervisor.start()
  const control = new ControlServer(paths.controlSocket, {
    status: () => supervisor.status(),
    deploy: (body, emit) => supervisor.deploy(body, emit),
    rollback: (body, emit) => supervisor.rollback(body, emit),
    reload: (emit) => supervisor.reload(emit),
    history: () => readHistory(paths.store),
    stop: () => stop.request('changeover down'),
  })
  await control.start().catch(async (error: unknown) => {
    await supervisor.close()
    throw error
  })
  // Before anybody hears that it is ready: a signal that nobody has asked for ends the process.
  obeySignals(supervisor, serviceManager)
  serviceManager.ready('serving')
  serviceManager.feedWatchdog(async () => isStackWell(await supervisor.status()))
  log('info', `ready; control API at ${paths.controlSocket}`)
  process.stderr.write(suggestNext(path, config, await supervisor.status()))
  const { watch } = config
  const watched = watch === undefined ? undefined : watchFolder(config, watch, supervisor, entries)
  watched?.start()

  const reason = await stop.requested
  log('info', `stopping: ${reason}`)
  void watched?.close()
  serviceManager.stopping()
  if (isAtOnce(reason)) await supervisor.kill()
  else await supervisor.close()
  control.close()
  log('info', 'stopped')
}

/** The first of SIGINT, SIGQUIT, SIGTERM and whoever calls `request`. */
export function stopRequest(): {
  readonly requested: Promise<string>
  readonly request: (reason: string) => void
} {
  let resolve: (reason: string) => void = () => undefined
  const requested = new Promise<string>((settle) => (resolve = settle))
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGTERM'] as const) process.on(signal, () => resolve(signal))
  return { requested, request: (reason) => resolve(reason) }
}

async function refuseSecond(controlSocket: string): Promise<void> {
  const running = await createControlClient(controlSocket)
    .status()
    .catch(() => undefined)
  if (running === undefined) return
  throw new ChangeoverError(
    'already_running',
    `a supervisor runs here already, as process ${running.pid}; \`changeover status\` shows it, \`changeover down\` ends it`,
  )
}
