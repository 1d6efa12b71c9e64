import { rmSync } from 'node:fs'
import { join } from 'node:path'

import type { ServeOptions } from '../cli/index.ts'
import { dataPaths } from '../config/index.ts'
import type { LoadedConfig } from '../config/index.ts'
import { openServiceManager } from '../service-manager/index.ts'
import {
  createActiveVersions,
  InstanceProcesses,
  Launcher,
  prepareRunFolder,
  publishInitial,
} from '../supervisor/index.ts'
import { loadService } from './load-service.ts'
import { log } from './log.ts'
import { removePidFile, writePidFile } from './pid-file.ts'
import { entries, stopRequest } from './up.ts'

/** Runs one instance alone, without gateway or backup, until it is told to stop. */
export async function serve(
  { config }: LoadedConfig,
  { bind, workers, pidFile }: ServeOptions,
): Promise<void> {
  const paths = dataPaths(config.data)
  const runFolder = join(paths.run, `serve-${process.pid}`)
  await loadService(config.service)
  const serviceManager = await openServiceManager(process.env, process.pid, log)
  const stop = stopRequest()
  const launcher = new Launcher({ entries, binds: () => ({ primary: bind }), livingSockets: () => [] })
  const instance = new InstanceProcesses({
    name: 'primary',
    workers,
    config,
    storePath: paths.store,
    runFolder,
    launcher,
    endsWithParent: true,
    log,
    activeVersions: createActiveVersions({ config, storePath: paths.store, log }).list,
  })
  try {
    launcher.open()
    if (pidFile !== undefined) writePidFile(pidFile)
    prepareRunFolder(runFolder)
    await publishInitial({
      config,
      storePath: paths.store,
      recordFolder: paths.record,
      publisherEntry: entries.publisher,
      gatekeeperEntry: entries.gatekeeper,
      log,
    })
    await instance.start()
    log(
      'info',
      `primary listening at ${launcher.address('primary') ?? bind} (${workers} ${workers === 1 ? 'worker' : 'workers'})`,
    )
    serviceManager.ready('serving')
    serviceManager.feedWatchdog(async () => (await instance.statuses()).some((status) => status !== null))
    log('info', `stopping: ${await stop.requested}`)
    serviceManager.stopping()
  } finally {
    launcher.close()
    await instance.close()
    rmSync(runFolder, { recursive: true, force: true })
    if (pidFile !== undefined) removePidFile(pidFile)
  }
}
