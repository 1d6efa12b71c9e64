import type { Config } from '../config/schema/index.ts'
import { maxStopMs } from '../config/schema/index.ts'
import type {
  DeployBody,
  FollowDeploy,
  GatewayCommand,
  GatewayStatus,
  LoadBody,
  Log,
  LogFiles,
  LogLevel,
  LogSettings,
  ReloadEvent,
  RollbackBody,
  StackFacts,
  StackStatus,
  UnloadBody,
} from '../contracts/index.ts'
import { instanceNames } from '../contracts/index.ts'
import { formatAddress, ownSocket, parseBind } from '../process/index.ts'
import { readPointer, requestThrottle } from '../store/index.ts'
import { putInOrder, settleNote } from './after-interruption.ts'
import { createActiveVersions } from './deployments/active-versions.ts'
import { checkInThread } from './deployments/check-in-thread.ts'
import type { EmitDeploy } from './deployments/deploy.ts'
import { Deployments } from './deployments/deployments.ts'
import { publishInitial } from './deployments/publish-initial.ts'
import { killSubprocesses } from './deployments/run-in-subprocess.ts'
import { FactsKeeper } from './figures/facts-keeper.ts'
import type { WatchedProcess } from './figures/figures-keeper.ts'
import { FiguresKeeper } from './figures/figures-keeper.ts'
import { describeProcesses } from './processes/describe-processes.ts'
import type { DiscoveredProcesses } from './processes/discover-processes.ts'
import {
  discoverProcesses,
  retireOthers,
  stopOthers,
  stopRetiredWorkers,
} from './processes/discover-processes.ts'
import { findGrpcAddress, warnWithoutGrpc } from './processes/grpc-address.ts'
import { Launcher } from './processes/launcher.ts'
import { Recycling } from './processes/recycling.ts'
import { ReplaceableGroup } from './replaceable-group.ts'
import type { GatewayTls } from './stack.ts'
import { Stack } from './stack.ts'

/** The modules that processes and threads run. */
type EntryName = 'worker' | 'gateway' | 'nginx' | 'publisher' | 'gatekeeper' | 'versionCheck'

export type SupervisorOptions = {
  readonly config: Config
  readonly configPath: string
  /** Reads the configuration anew. */
  readonly loadConfig: () => Promise<Config>
  readonly storePath: string
  readonly recordFolder: string
  readonly runFolder: string
  readonly entries: Readonly<Record<EntryName, string>>
  readonly logFiles: LogFiles
  readonly log: Log
  /** Has the log of this process follow a configuration. */
  readonly applyLogSettings: (settings: LogSettings) => void
  /** Whether its processes end with this one, however it ends. */
  readonly endsWithParent: boolean
  /** What the gateway's ports with TLS use; throws if they cannot. */
  readonly readTls: (config: Config) => GatewayTls
  /** Told when a reload has put others in place of the processes, also if what is left of them cannot be ended. */
  readonly onReloaded: (config: Config) => void
  /** Ends the nginx of a stack where there is one; it outlives whoever looks after it. */
  readonly stopNginx: (runFolder: string, timeoutMs: number) => Promise<unknown>
  /** Is told of every deploy, besides the one who asks for it. */
  readonly followDeploy: FollowDeploy
  /** Has the traces of this process follow a configuration. */
  readonly followTracing: (tracing: Config['tracing']) => Promise<void>
}

const statusTimeoutMs = 500

/** How often the gateway is asked whether callers are slowed. */
const latencyCheckMs = 1_000

/** Starts, adopts and watches the gateway and both instances, and carries out rollouts and reloads. */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #startedAtMs = Date.now()
  readonly #launcher: Launcher
  readonly #group: ReplaceableGroup<Stack>
  readonly #deployments: Deployments
  readonly #recycling: Recycling
  /** What all processes have counted. */
  readonly figures: FiguresKeeper
  readonly #facts: FactsKeeper
  readonly #unloaded = new Set<string>()
  #latencyCheck: NodeJS.Timeout | undefined

  constructor(options: SupervisorOptions) {
    const { config, loadConfig, entries, storePath, recordFolder, log, runFolder } = options
    this.#options = options
    this.figures = new FiguresKeeper({ runFolder, log })
    this.#launcher = new Launcher({
      entries,
      binds: () => ({
        gateway: [this.#config.gateway.bind],
        primary: [this.#config.primary.bind],
        backup: [this.#config.backup.bind],
        grpc: this.#config.grpc === undefined ? [] : [this.#config.grpc.bind],
      }),
      livingSockets: () => this.#stack.livingSockets,
    })
    this.#group = new ReplaceableGroup({
      config,
      loadConfig,
      runFolder,
      launcher: this.#launcher,
      log,
      applyLogSettings: options.applyLogSettings,
      create: (wanted) => this.#createStack(wanted),
      prepare: (wanted, signal) => publishInitial({ ...this.#publishOptions, config: wanted, signal }),
      fixed: ({ data, run = '', primary, backup, gateway, grpc, metrics, control }) => ({
        data,
        run,
        'primary.bind': primary.bind,
        'backup.bind': backup.bind,
        'gateway.bind': gateway.bind,
        'grpc.bind': grpc?.bind ?? '',
        'metrics.bind': metrics?.bind ?? '',
        'control.bind': control?.bind ?? '',
        'whether control.tls is there': String(control?.tls !== undefined),
        'whether control.tls.clientCa is there': String(control?.tls?.clientCa !== undefined),
      }),
      onTaken: options.onReloaded,
      onReplaced: async ({ gateway, stopTimeoutMs, tracing }) => {
        await options.followTracing(tracing)
        if (gateway.kind === 'own') await options.stopNginx(runFolder, stopTimeoutMs)
        warnWithoutGrpc(this.#config, await this.#gatewayStatus(), log)
      },
      startCommand: 'changeover up',
    })
    this.#deployments = new Deployments({
      config: () => this.#config,
      storePath,
      recordFolder,
      publisherEntry: entries.publisher,
      gatekeeperEntry: entries.gatekeeper,
      log,
      busy: this.#group.busy,
      activeVersions: () => this.#stack.activeVersions.list(),
      checkVersion: (target) => this.#stack.activeVersions.check(target),
      commandInstance: (name, command, timeoutMs) => this.#stack.instances[name].command(command, timeoutMs),
      restoreInstance: (name, { model, version }, timeoutMs) =>
        this.#stack.instances[name].restore(model, version, timeoutMs),
      labelTallies: (name, model) => this.#stack.instances[name].labelTallies(model),
      commandGateway: (command, timeoutMs) => this.#commandGateway(command, timeoutMs),
      pids: () => [process.pid, ...this.#stack.pids],
      stopRetired: () => stopRetiredWorkers(runFolder),
      unloaded: this.#unloaded,
      followDeploy: options.followDeploy,
      figures: this.figures,
    })
    this.#facts = new FactsKeeper({
      config: () => this.#config,
      storePath,
      isBusy: () => this.busyWith !== undefined,
      damaged: () => this.#stack.activeVersions.damaged(),
    })
    this.#recycling = new Recycling({
      config: () => this.#config,
      instances: () => instanceNames.map((name) => this.#stack.instances[name]),
      busy: this.#group.busy,
      random: Math.random,
      log,
    })
  }

  /**
   * Adopts the processes of a supervisor that was killed, and starts what is missing; where there are none, takes the ports,
   * publishes initial models and starts everything. What it has started itself is stopped again where it fails.
   */
  async start(): Promise<void> {
    const { log, runFolder } = this.#options
    const found = await discoverProcesses(runFolder)
    const isAdopting = found.inPlace.length > 0
    this.figures.start(isAdopting ? withSockets(runFolder, found) : [])
    try {
      if (isAdopting) {
        await this.#adopt(found)
      } else {
        // Those of a supervisor that was killed before it could give them a place hold the ports.
        await stopOthers(runFolder, found.others, maxStopMs(this.#config))
        await this.#options.stopNginx(runFolder, this.#config.stopTimeoutMs)
        this.#launcher.open()
        await publishInitial(this.#publishOptions)
        await this.#stack.start()
      }
    } catch (error) {
      if (isAdopting) {
        this.#stack.detach()
        this.figures.close({ isDetaching: true })
      } else await this.close()
      throw error
    }
    settleNote(this.#options.storePath, log)
    const { gateway, instances } = await this.status()
    for (const { name, address, workers } of instances)
      log(
        'info',
        `${name} listening at ${address} (${workers.length} ${workers.length === 1 ? 'worker' : 'workers'})`,
      )
    const grpc = gateway.grpcAddress == null ? '' : `, and at ${gateway.grpcAddress} for gRPC`
    log('info', `gateway listening at ${gateway.address}${grpc}`)
    warnWithoutGrpc(this.#config, gateway.status, log)
    this.#recycling.start()
    this.#facts.start()
    // Where the sign cannot be written, work that can wait goes on at full speed.
    this.#latencyCheck = setInterval(() => void this.#checkLatency().catch(() => undefined), latencyCheckMs)
  }

  /** See `ReplaceableGroup.announceStop`. */
  announceStop(hurried: Promise<unknown>): Promise<void> {
    return this.#group.announceStop(hurried)
  }

  /** Stops the gateway, then the instances, each after it has answered what it holds. */
  close(): Promise<void> {
    clearInterval(this.#latencyCheck)
    this.#recycling.close()
    this.#facts.close()
    killSubprocesses()
    return this.#group.close().finally(() => this.figures.close())
  }

  /** What is known of the store, some seconds old at most. */
  get facts(): StackFacts {
    return this.#facts.facts
  }

  /** What is being done to the stack, or undefined. */
  get busyWith(): string | undefined {
    return this.#group.busy.busyWith
  }

  /** The configuration as it is now: a reload may have changed it. */
  get config(): Config {
    return this.#config
  }

  deploy(body: DeployBody, emit: EmitDeploy): Promise<void> {
    return this.#lookAfter(this.#deployments.deploy(body, emit))
  }

  load(body: LoadBody, emit: EmitDeploy): Promise<void> {
    return this.#lookAfter(this.#deployments.load(body, emit))
  }

  unload(body: UnloadBody): Promise<void> {
    return this.#deployments.unload(body)
  }

  rollback(body: RollbackBody, emit: EmitDeploy): Promise<void> {
    return this.#lookAfter(this.#deployments.rollback(body, emit))
  }

  /** The store has changed then. */
  #lookAfter(done: Promise<void>): Promise<void> {
    return done.finally(() => this.#facts.look())
  }

  /** Ends every process without waiting for what it holds. */
  async kill(): Promise<void> {
    const { runFolder, stopNginx } = this.#options
    await this.#group.kill()
    await stopNginx(runFolder, 0)
    await this.close()
  }

  /** Has every process open its log files again. */
  reopenLogs(): Promise<void> {
    return this.#group.reopenLogs()
  }

  /** What is logged now. */
  get logLevel(): LogLevel {
    return this.#group.logLevel
  }

  /** See `ReplaceableGroup.setLogLevel`. */
  setLogLevel(level: LogLevel): Promise<number> {
    return this.#group.setLogLevel(level)
  }

  /** Starts all processes again, from the configuration and code as they are now, and retires the old ones. */
  reload(emit: (event: ReloadEvent) => void): Promise<void> {
    return this.#group.reload(emit)
  }

  /** The same, with so many workers more, or fewer, per instance; at least one. */
  resize(by: number, emit: (event: ReloadEvent) => void): Promise<void> {
    return this.#group.resize(by, emit)
  }

  /** Whether callers get answers: the gateway lives, and knows an instance that is ready. Looks at nothing on a disk. */
  async isHealthy(): Promise<boolean> {
    const status = await this.#gatewayStatus()
    return Object.values(status?.instances ?? {}).some(({ readyWorkers }) => readyWorkers > 0)
  }

  async status(): Promise<StackStatus> {
    const { configPath, storePath } = this.#options
    const processes = await describeProcesses({
      stack: this.#stack,
      gatewayStatus: () => this.#gatewayStatus(),
      addressOf: (name) =>
        this.#launcher.addresses(name)[0] ?? formatAddress(parseBind(this.#config[name].bind)),
      grpcAddress: findGrpcAddress(this.#config, this.#launcher.addresses('grpc')),
    })
    return {
      pid: process.pid,
      startedAtMs: this.#startedAtMs,
      configPath,
      models: Object.keys(this.#config.models).flatMap((model) => readPointer(storePath, model) ?? []),
      damaged: await this.#stack.activeVersions.damaged(),
      unloaded: [...this.#unloaded],
      rollout: this.#group.busy.busyWith ?? null,
      ...processes,
    }
  }

  async #adopt({ inPlace, others }: DiscoveredProcesses): Promise<void> {
    const { log, runFolder } = this.#options
    await retireOthers(runFolder, others)
    const unknown = this.#stack.adopt(inPlace)
    await retireOthers(runFolder, unknown)
    log(
      'info',
      `adopted ${inPlace.length - unknown.length} processes that an earlier supervisor left: they keep serving with its configuration and code; \`changeover reload\` loads the current ones`,
    )
    await publishInitial(this.#publishOptions)
    await this.#stack.start()
    await putInOrder({
      stack: this.#stack,
      config: this.#config,
      activeVersions: () => this.#stack.activeVersions.list(),
      commandGateway: (command, timeoutMs) => this.#commandGateway(command, timeoutMs),
    })
  }

  /** While callers are slowed, whoever publishes or warms is asked to go slowly. */
  async #checkLatency(): Promise<void> {
    const status = await this.#gatewayStatus()
    if ((status?.latest.p99Ms ?? 0) > this.#config.rollout.p99BudgetMs)
      requestThrottle(this.#options.storePath, Date.now())
  }

  get #stack(): Stack {
    return this.#group.current
  }

  get #config(): Config {
    return this.#group.config
  }

  #gatewayStatus(): Promise<GatewayStatus | null> {
    return this.#commandGateway({ do: 'status' }, statusTimeoutMs).then(
      (value) => value as GatewayStatus,
      () => null,
    )
  }

  async #commandGateway(command: GatewayCommand, timeoutMs: number): Promise<unknown> {
    const { gateway } = this.#stack
    if (command.do !== 'status') await gateway.untilThere(timeoutMs)
    return gateway.command(command, timeoutMs)
  }

  get #publishOptions() {
    const { storePath, recordFolder, entries, log } = this.#options
    const [publisherEntry, gatekeeperEntry] = [entries.publisher, entries.gatekeeper]
    return { config: this.#config, storePath, recordFolder, publisherEntry, gatekeeperEntry, log }
  }

  #createStack(config: Config): Stack {
    const { storePath, recordFolder, runFolder, entries, logFiles, log, endsWithParent } = this.#options
    return new Stack({
      endsWithParent,
      tls: this.#options.readTls(config),
      config,
      storePath,
      recordFolder,
      runFolder,
      launcher: this.#launcher,
      logFiles,
      logSettings: () => this.#group.logSettingsOf(config),
      log,
      activeVersions: createActiveVersions({
        config,
        storePath,
        unloaded: this.#unloaded,
        findFault: (version) => checkInThread(entries.versionCheck, version),
        log,
      }),
      onDeath: (instance, reason) => this.#deployments.died(instance, reason),
      figures: this.figures,
    })
  }
}

function withSockets(runFolder: string, { inPlace, others }: DiscoveredProcesses): WatchedProcess[] {
  return [...inPlace, ...others].map((one) => ({ ...one, socketPath: ownSocket(runFolder, one) }))
}
