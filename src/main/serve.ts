import { rmSync } from 'node:fs'
import { join } from 'node:path'

import type { ServeOptions } from '../cli/index.ts'
import { dataPaths } from '../config/index.ts'
import type { LoadedConfig } from '../config/index.ts'
import { openServiceManager } from '../service-manager/index.ts'
import {
  activeVersions,
  InstanceProcesses,
  prepareRunFolder,
  publishInitial,
  refuseLeftOver,
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
  const instance = new InstanceProcesses({
    name: 'primary',
    bind,
    workers,
    config,
    storePath: paths.store,
    runFolder,
    workerEntry: entries.worker,
    log,
    activeVersions: () => activeVersions(config, paths.store),
  })
  try {
    instance.bind()
    if (pidFile !== undefined) writePidFile(pidFile)
    refuseLeftOver()
    prepareRunFolder(runFolder)
    await publishInitial({ config, storePath: paths.store, publisherEntry: entries.publisher, log })
    await instance.start()
    serviceManager.ready('serving')
    serviceManager.feedWatchdog(async () => (await instance.statuses()).some((status) => status !== null))
    log('info', `stopping: ${await stop.requested}`)
    serviceManager.stopping()
  } finally {
    await instance.close()
    rmSync(runFolder, { recursive: true, force: true })
    if (pidFile !== undefined) removePidFile(pidFile)
  }
}
