import { rmSync } from 'node:fs'
import { join } from 'node:path'

import { dataPaths } from '../config/index.ts'
import type { LoadedConfig } from '../config/index.ts'
import { activeVersions, InstanceProcesses, prepareRunFolder, publishInitial } from '../supervisor/index.ts'
import { loadService } from './load-service.ts'
import { log } from './log.ts'
import { entries, stopRequest } from './up.ts'

export type ServeOptions = { readonly bind: string; readonly workers: number }

/** Runs one instance alone, without gateway or backup, until it is told to stop. */
export async function serve({ config }: LoadedConfig, { bind, workers }: ServeOptions): Promise<void> {
  const paths = dataPaths(config.data)
  const runFolder = join(paths.run, `serve-${process.pid}`)
  await loadService(config.service)
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
    log('info', `stopping: ${await stop.requested}`)
  } finally {
    await instance.close()
    rmSync(runFolder, { recursive: true, force: true })
  }
}
