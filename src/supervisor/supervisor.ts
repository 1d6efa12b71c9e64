import { setTimeout as sleep } from 'node:timers/promises'

import type { Config } from '../config/schema/index.ts'
import { maxStopMs } from '../config/schema/index.ts'
import type {
  DeployBody,
  GatewayCommand,
  GatewayStatus,
  Log,
  LogFiles,
  ReloadEvent,
  RollbackBody,
  StackStatus,
} from '../contracts/index.ts'
import { ChangeoverError, instanceNames } from '../contracts/index.ts'
import { formatAddress, parseBind } from '../process/index.ts'
import { readPointer, requestThrottle } from '../store/index.ts'
import { putInOrder, settleNote } from './after-interruption.ts'
import { createActiveVersions } from './deployments/active-versions.ts'
import { checkInThread } from './deployments/check-in-thread.ts'
import type { EmitDeploy } from './deployments/deploy.ts'
import { Deployments } from './deployments/deployments.ts'
import { publishInitial } from './deployments/publish-initial.ts'
import { killSubprocesses } from './deployments/run-in-subprocess.ts'
import { Mutex } from './mutex.ts'
import { describeProcesses } from './processes/describe-processes.ts'
import type { DiscoveredProcesses } from './processes/discover-processes.ts'
import {
  discoverProcesses,
  killRetired,
  reopenLogs,
  retireOthers,
  stopOthers,
  stopRetired,
  stopRetiredWorkers,
  tellOfStop,
} from './processes/discover-processes.ts'
import { Launcher } from './processes/launcher.ts'
import { Recycling } from './processes/recycling.ts'
import { reloadStack, resized } from './reload.ts'
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
  /** Ends the nginx of a stack where there is one; it outlives whoever looks after it. */
  readonly stopNginx: (runFolder: string, timeoutMs: number) => Promise<unknown>
}

const statusTimeoutMs = 500

/** How often the gateway is asked whether callers are slowed. */
const callersLookMs = 1_000

/** Starts, adopts and watches the gateway and both instances, and carries out rollouts and reloads. */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #startedAtMs = Date.now()
  readonly #busy = new Mutex()
  readonly #launcher: Launcher
  readonly #deployments: Deployments
  readonly #renewals: Recycling
  #config: Config
  #stack: Stack
  /** The stack that a reload is bringing up. */
  #pending: Stack | undefined
  #callersLook: NodeJS.Timeout | undefined
  #closing: Promise<void> | undefined

  constructor(options: SupervisorOptions) {
    const { config, entries, storePath, recordFolder, log, runFolder } = options
    this.#options = options
    this.#config = config
    this.#launcher = new Launcher({
      entries,
      binds: () => ({
        gateway: [this.#config.gateway.bind],
        primary: [this.#config.primary.bind],
        backup: [this.#config.backup.bind],
      }),
      livingSockets: () => this.#stack.livingSockets,
    })
    this.#stack = this.#createStack(config)
    this.#deployments = new Deployments({
      config: () => this.#config,
      storePath,
      recordFolder,
      publisherEntry: entries.publisher,
      gatekeeperEntry: entries.gatekeeper,
      log,
      busy: this.#busy,
      activeVersions: () => this.#stack.activeVersions.list(),
      checkVersion: (target) => this.#stack.activeVersions.check(target),
      commandInstance: (name, command, timeoutMs) => this.#stack.instances[name].command(command, timeoutMs),
      restoreInstance: (name, { model, version }, timeoutMs) =>
        this.#stack.instances[name].restore(model, version, timeoutMs),
      labelTallies: (name, model) => this.#stack.instances[name].labelTallies(model),
      commandGateway: (command, timeoutMs) => this.#commandGateway(command, timeoutMs),
      pids: () => [process.pid, ...this.#stack.pids],
      stopRetired: () => stopRetiredWorkers(runFolder),
    })
    this.#renewals = new Recycling({
      config: () => this.#config,
      instances: () => instanceNames.map((name) => this.#stack.instances[name]),
      busy: this.#busy,
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
      if (isAdopting) this.#stack.detach()
      else await this.close()
      throw error
    }
    settleNote(this.#options.storePath, log)
    const { gateway, instances } = await this.status()
    for (const { name, address, workers } of instances)
      log(
        'info',
        `${name} listening at ${address} (${workers.length} ${workers.length === 1 ? 'worker' : 'workers'})`,
      )
    log('info', `gateway listening at ${gateway.address}`)
    this.#renewals.start()
    // Where the sign cannot be written, work that can wait goes on at full speed.
    this.#callersLook = setInterval(() => void this.#lookAfterCallers().catch(() => undefined), callersLookMs)
  }

  /** Has health checks answered 503 and goes on serving for `shutdownDelayMs`, so that balancers send callers elsewhere before the stop. */
  async announceStop(): Promise<void> {
    const { shutdownDelayMs } = this.#config
    if (shutdownDelayMs === 0) return
    await Promise.all([tellOfStop(this.#options.runFolder, { do: 'announceStop' }), sleep(shutdownDelayMs)])
  }

  /** Stops the gateway, then the instances, each after it has answered what it holds. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      clearInterval(this.#callersLook)
      this.#renewals.close()
      killSubprocesses()
      this.#launcher.end()
      // At the same time: the kernel takes connections for as long as anybody holds the socket.
      const released = tellOfStop(this.#options.runFolder, { do: 'releaseSockets' })
      await Promise.all([released, this.#pending?.close(), this.#stack.close()])
      await stopRetired(this.#options.runFolder, maxStopMs(this.#config))
    })()
    return this.#closing
  }

  /** What is being done to the stack, or undefined. */
  get busyWith(): string | undefined {
    return this.#busy.busyWith
  }

  deploy(body: DeployBody, emit: EmitDeploy): Promise<void> {
    return this.#deployments.deploy(body, emit)
  }

  rollback(body: RollbackBody, emit: EmitDeploy): Promise<void> {
    return this.#deployments.rollback(body, emit)
  }

  /** Ends every process without waiting for what it holds. */
  async kill(): Promise<void> {
    const processes = [this.#stack, this.#pending].flatMap((stack) => stack?.processes ?? [])
    await Promise.all(processes.map((process) => process.kill()))
    await killRetired(this.#options.runFolder)
    await this.#options.stopNginx(this.#options.runFolder, 0)
    await this.close()
  }

  /** Has every process open its log files anew. */
  reopenLogs(): Promise<void> {
    return reopenLogs(this.#options.runFolder)
  }

  /** Brings up all processes anew, from the configuration and code as they are now, and retires the old ones. */
  reload(emit: (event: ReloadEvent) => void): Promise<void> {
    return this.#reload(emit, this.#options.loadConfig)
  }

  /** Brings up all processes anew with so many workers more, or fewer, an instance; one at least. */
  resize(by: number, emit: (event: ReloadEvent) => void): Promise<void> {
    const before = this.#config
    return this.#reload(emit, () => resized(before, by, this.#options.loadConfig))
  }

  async #reload(emit: (event: ReloadEvent) => void, loadConfig: () => Promise<Config>): Promise<void> {
    await reloadStack({
      busy: this.#busy,
      log: this.#options.log,
      config: () => this.#config,
      loadConfig,
      prepare: (config, signal) => publishInitial({ ...this.#publishOptions, config, signal }),
      fixed: ({ data, run = '', primary, backup, gateway }) => ({
        data,
        run,
        'primary.bind': primary.bind,
        'backup.bind': backup.bind,
        'gateway.bind': gateway.bind,
      }),
      create: (config) => {
        this.#refuseWhileClosing()
        return (this.#pending = this.#createStack(config))
      },
      replace: async (config, stack) => {
        this.#refuseWhileClosing()
        const before = this.#stack
        stack.takePlaces()
        this.#pending = undefined
        this.#config = config
        this.#stack = stack
        await before.retire()
        if (config.gateway.kind === 'own')
          await this.#options.stopNginx(this.#options.runFolder, config.stopTimeoutMs)
      },
      emit,
    })
  }

  #refuseWhileClosing(): void {
    if (this.#closing !== undefined)
      throw new ChangeoverError(
        'not_running',
        'the stack is being stopped; start it again with `changeover up`',
      )
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
    })
    return {
      pid: process.pid,
      startedAtMs: this.#startedAtMs,
      configPath,
      models: Object.keys(this.#config.models).flatMap((model) => readPointer(storePath, model) ?? []),
      damaged: await this.#stack.activeVersions.damaged(),
      rollout: this.#busy.busyWith ?? null,
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
  async #lookAfterCallers(): Promise<void> {
    const status = await this.#gatewayStatus()
    if ((status?.latest.p99Ms ?? 0) > this.#config.rollout.p99BudgetMs)
      requestThrottle(this.#options.storePath, Date.now())
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
    const { storePath, recordFolder, runFolder, entries, logFiles, log } = this.#options
    return new Stack({
      config,
      storePath,
      recordFolder,
      runFolder,
      launcher: this.#launcher,
      logFiles,
      log,
      activeVersions: createActiveVersions({
        config,
        storePath,
        findFault: (version) => checkInThread(entries.versionCheck, version),
        log,
      }),
      onDeath: (instance, reason) => this.#deployments.died(instance, reason),
    })
  }
}
