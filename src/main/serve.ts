import { rmSync } from 'node:fs'
import { join } from 'node:path'

import { dataPaths } from '../config/index.ts'
import type { LoadedConfig } from '../config/index.ts'
import {
  createActiveVersions,
  InstanceProcesses,
  Launcher,
  prepareRunFolder,
  publishInitial,
} from '../supervisor/index.ts'
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
    prepareRunFolder(runFolder)
    await publishInitial({ config, storePath: paths.store, publisherEntry: entries.publisher, log })
    await instance.start()
    log(
      'info',
      `primary listening at ${launcher.address('primary') ?? bind} (${workers} ${workers === 1 ? 'worker' : 'workers'})`,
    )
    log('info', `stopping: ${await stop.requested}`)
  } finally {
    launcher.close()
    await instance.close()
    rmSync(runFolder, { recursive: true, force: true })
  }
}
