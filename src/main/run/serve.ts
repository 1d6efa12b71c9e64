import type { StartOptions } from '../../cli/index.ts'
import { dataPaths } from '../../config/index.ts'
import { LoneInstance } from '../../supervisor/index.ts'
import { openServiceManager } from '../../systemd/index.ts'
import { entries } from '../entries.ts'
import { log, openLogs, setLogSettings } from '../log/log.ts'
import { isAtOnce, obeySignals, stopRequest } from '../signals/signals.ts'
import { withServeFolder } from './own-run-folder.ts'
import { withPidFile } from './pid-file.ts'
import { serveMetrics } from './serve-metrics.ts'
import { checkService } from './service/check-service.ts'

/** Runs one instance alone, without gateway or backup, until it is stopped. */
export async function serve(options: StartOptions): Promise<void> {
  await withServeFolder(options.loaded.config, (runFolder) =>
    withPidFile(options.pidFile, () => runInstance(options, runFolder)),
  )
}

async function runInstance(
  { loaded, loadAgain, binds, logFiles }: StartOptions,
  runFolder: string,
): Promise<void> {
  const { config } = loaded
  const paths = dataPaths(config.data, runFolder)
  const { reopenLogs } = openLogs(logFiles, config)
  await checkService(config.service, runFolder)
  if (config.grpc !== undefined)
    log('warning', 'gRPC is not served: the gateway does that, and `serve` runs an instance alone; use `up`')
  if (config.control !== undefined)
    log(
      'warning',
      'control.bind is not opened: `serve` runs an instance alone, without a control API; use `up`',
    )
  const serviceManager = await openServiceManager(process.env, process.pid, log)
  const stop = stopRequest()
  const instance = new LoneInstance({
    config,
    loadConfig: loadAgain,
    binds,
    storePath: paths.store,
    recordFolder: paths.record,
    runFolder,
    entries,
    logFiles,
    log,
    applyLogSettings: setLogSettings,
  })
  const metrics = await serveMetrics(instance, config, log)
  try {
    const started = instance.start()
    obeySignals(instance, { serviceManager, reopenLogs, started })
    await started
    serviceManager.ready('serving')
    serviceManager.feedWatchdog(async () => (await instance.statuses()).some((status) => status !== null))
    const reason = await stop.requested
    log('info', `stopping: ${reason}`)
    serviceManager.stopping()
    if (isAtOnce(reason)) await instance.kill()
    else await instance.announceStop(stop.requestedAgain)
  } finally {
    // What listens would keep this process alive, also if the instance cannot be closed.
    await instance.close().finally(() => metrics.close())
  }
}
