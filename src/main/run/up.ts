import type { StartOptions } from '../../cli/index.ts'
import { printAside } from '../../cli/index.ts'
import { dataPaths } from '../../config/index.ts'
import { toMessage } from '../../contracts/index.ts'
import { createControlRoutes, createPageRoutes } from '../../control-api/index.ts'
import { stopNginx } from '../../gateway/index.ts'
import { canShareMemory, takeLatestHistory } from '../../store/index.ts'
import { Supervisor } from '../../supervisor/index.ts'
import { openServiceManager } from '../../systemd/index.ts'
import { traceDeploys } from '../../tracing/index.ts'
import { entries, pageFolder } from '../entries.ts'
import { isErrorJson, log, openLogs, setLogSettings } from '../log/log.ts'
import { isAtOnce, obeySignals, stopRequest } from '../signals/signals.ts'
import { describeVersions } from './control/describe-versions.ts'
import { openEventStream, tellOfSeconds } from './control/open-event-stream.ts'
import type { RemoteChange } from './control/record-change.ts'
import { describeStop, recordChange } from './control/record-change.ts'
import { StackControl } from './control/stack-control.ts'
import { rememberCredentials } from './control/stack-credentials.ts'
import { createStoreTasks } from './control/store-tasks.ts'
import { deployGiven } from './deploy-given.ts'
import { withStackFolder } from './own-run-folder.ts'
import { withPidFile } from './pid-file.ts'
import { serveMetrics } from './serve-metrics.ts'
import { checkService } from './service/check-service.ts'
import { suggestNext } from './suggest-next.ts'
import { openFollowingTracer } from './tracer.ts'
import { watchFolder } from './watch-folder.ts'

/** Runs the whole stack until it is stopped. Resolves when every process has exited. */
export async function up(options: StartOptions): Promise<void> {
  await withStackFolder(options.loaded.config, (runFolder) =>
    withPidFile(options.pidFile, () => runStack(options, runFolder)),
  )
}

/** What runs beside a stack that serves, and what ends it. */
export type Beside = {
  readonly stop: ReturnType<typeof stopRequest>
  readonly start: (supervisor: Supervisor) => void
  readonly close: () => Promise<void>
}

/** Runs a stack in a run folder that this process owns; `beside` is given where its processes are to end with this one. */
export async function runStack(
  { loaded, loadAgain, logFiles, given }: StartOptions,
  runFolder: string,
  beside?: Beside,
): Promise<void> {
  const { path, config } = loaded
  const paths = dataPaths(config.data, runFolder)
  const { reopenLogs } = openLogs(logFiles, config)
  const tracer = await openFollowingTracer(config.tracing, log)
  if (beside === undefined) await checkService(config.service, runFolder)
  if (!canShareMemory)
    log(
      'warning',
      'koffi is missing: every process reads models into its own memory; `npm install koffi` shares them',
    )

  const serviceManager = await openServiceManager(process.env, process.pid, log)
  const stop = beside?.stop ?? stopRequest()
  const events = openEventStream(() => supervisor, paths.store)
  const credentialsOf = rememberCredentials()
  const supervisor: Supervisor = new Supervisor({
    config,
    configPath: path,
    storePath: paths.store,
    loadConfig: loadAgain,
    recordFolder: paths.record,
    runFolder,
    entries,
    logFiles,
    log,
    applyLogSettings: setLogSettings,
    stopNginx,
    endsWithParent: beside !== undefined,
    followDeploy: (deploy) => {
      const [tellReaders, trace] = [events.followDeploy(deploy), traceDeploys(tracer.current)(deploy)]
      return (event) => {
        tellReaders(event)
        trace(event)
      }
    },
    followTracing: tracer.follow,
    readTls: credentialsOf,
    onReloaded: (reloaded) => control.use(credentialsOf(reloaded).control),
  })
  const record = (change: RemoteChange): void => recordChange(paths.store, change, log)
  const routes = createControlRoutes({
    status: () => supervisor.status(),
    deploy: (body, emit) => supervisor.deploy(body, emit),
    load: (body, emit) => supervisor.load(body, emit),
    unload: async (body) => {
      await supervisor.unload(body)
      const { model, by = '', address } = body
      const identity = address === undefined ? undefined : { by, address }
      record({ action: 'unload', identity, model })
    },
    rollback: (body, emit) => supervisor.rollback(body, emit),
    reload: (emit, identity) =>
      supervisor.reload((event) => {
        if (event.type === 'end')
          record({ action: 'reload', identity, error: event.ok ? undefined : event.error })
        emit(event)
      }),
    logLevel: () => supervisor.logLevel,
    setLogLevel: (level, identity) => {
      record({ action: 'log-level', identity, why: level })
      return supervisor.setLogLevel(level)
    },
    history: (query) => takeLatestHistory(paths.store, query),
    follow: (reader) => events.follow(reader),
    metrics: (accept) => metrics.format(accept),
    versions: (model) => describeVersions(model, supervisor.config, paths.store),
    ...createStoreTasks({
      config: () => supervisor.config,
      entry: entries.storeTask,
      storePath: paths.store,
      recordFolder: paths.record,
    }),
    stop: (identity) => {
      record({ action: 'stop', identity })
      stop.request(describeStop(identity))
    },
  })
  const control = new StackControl({
    config,
    socketPath: paths.controlSocket,
    routes: { ...routes, ...createPageRoutes(pageFolder) },
    credentials: credentialsOf(config).control,
    log,
  })
  const metrics = await serveMetrics(supervisor, config, log)
  try {
    await control.takePort()
    const started = supervisor.start()
    obeySignals(supervisor, { serviceManager, reopenLogs, started })
    await started
    try {
      await serveUntilStopped()
    } catch (error) {
      events.close()
      await supervisor.close()
      throw error
    }
  } finally {
    // What listens would keep this process alive, also if the start has failed.
    control.close()
    metrics.close()
    await tracer.close()
  }
  log('info', 'stopped')

  async function serveUntilStopped(): Promise<void> {
    // Now that the stack is there, the other commands may find it.
    given?.save()
    await control.start()
    events.start()
    tellOfSeconds(events, supervisor)
    serviceManager.ready('serving')
    serviceManager.feedWatchdog(() => supervisor.isHealthy())
    const { url } = control
    log('info', `ready; control API at ${paths.controlSocket}${url === undefined ? '' : ` and ${url}`}`)
    const next = suggestNext(path, config, await supervisor.status())
    if (isErrorJson()) log('info', next.trim())
    else printAside(next)
    const { watch } = config
    const watched = watch === undefined ? undefined : watchFolder(config, watch, supervisor, entries)
    watched?.start()
    void deployGiven(given?.files ?? [], { supervisor, storePath: paths.store, log }).catch(
      (error: unknown) =>
        log('error', `the model files that were given are not deployed: ${toMessage(error)}`),
    )
    beside?.start(supervisor)

    const reason = await stop.requested
    log('info', `stopping: ${reason}`)
    void watched?.close()
    void beside?.close()
    serviceManager.stopping()
    events.close()
    if (isAtOnce(reason)) await supervisor.kill()
    else {
      await supervisor.announceStop(stop.requestedAgain)
      await supervisor.close()
    }
  }
}
