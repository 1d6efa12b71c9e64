import { setTimeout as sleep } from 'node:timers/promises'

import type { Config } from '../config/schema/index.ts'
import { maxStopMs } from '../config/schema/index.ts'
import type { ReloadEvent, WorkerStatus } from '../contracts/index.ts'
import { ChangeoverError } from '../contracts/index.ts'
import { createActiveVersions } from './deployments/active-versions.ts'
import { checkInThread } from './deployments/check-in-thread.ts'
import { publishInitial } from './deployments/publish-initial.ts'
import { Mutex } from './mutex.ts'
import { killRetired, reopenLogs, stopRetired, tellOfStop } from './processes/discover-processes.ts'
import { InstanceProcesses } from './processes/instance-processes.ts'
import { Launcher } from './processes/launcher.ts'
import { Recycling } from './processes/recycling.ts'
import { reloadStack, resized } from './reload.ts'
import type { SupervisorOptions } from './supervisor.ts'

export type LoneInstanceOptions = Omit<SupervisorOptions, 'configPath' | 'stopNginx'> & {
  /** The addresses to listen at instead of those of the configuration; undefined for those. */
  readonly binds: readonly string[] | undefined
}

/** One instance without gateway, backup and rollouts: starts its workers, replaces them, and ends with them. */
export class LoneInstance {
  readonly #options: LoneInstanceOptions
  readonly #busy = new Mutex()
  readonly #launcher: Launcher
  readonly #renewals: Recycling
  #config: Config
  #workers: InstanceProcesses
  /** The workers that a reload is bringing up. */
  #pending: InstanceProcesses | undefined
  #closing: Promise<void> | undefined

  constructor(options: LoneInstanceOptions) {
    const { config, entries, binds, log } = options
    this.#options = options
    this.#config = config
    this.#launcher = new Launcher({
      entries,
      binds: () => ({ primary: binds ?? [config.primary.bind] }),
      livingSockets: () => [],
    })
    this.#workers = this.#createWorkers(config)
    this.#renewals = new Recycling({
      config: () => this.#config,
      instances: () => [this.#workers],
      busy: this.#busy,
      random: Math.random,
      log,
    })
  }

  /** Takes the ports, publishes initial models, and starts the workers. */
  async start(): Promise<void> {
    this.#launcher.open()
    await this.#publishInitial(this.#config)
    await this.#workers.start()
    this.#renewals.start()
    const { length } = this.#workers.processes
    this.#options.log(
      'info',
      `primary listening at ${this.#launcher.addresses('primary').join(', ')} (${length} ${length === 1 ? 'worker' : 'workers'})`,
    )
  }

  statuses(): Promise<readonly (WorkerStatus | null)[]> {
    return this.#workers.statuses()
  }

  /** Has every process reopen its log files. */
  reopenLogs(): Promise<void> {
    return reopenLogs(this.#options.runFolder)
  }

  /** Starts all workers again, from the configuration, code and versions as they are now, and retires the old ones. */
  reload(emit: (event: ReloadEvent) => void): Promise<void> {
    return this.#reload(emit, this.#options.loadConfig)
  }

  /** Starts all workers again, with `by` more or fewer; at least one. */
  resize(by: number, emit: (event: ReloadEvent) => void): Promise<void> {
    const before = this.#config
    return this.#reload(emit, () => resized(before, by, this.#options.loadConfig))
  }

  /** Ends every process without waiting for what it holds. */
  async kill(): Promise<void> {
    const processes = [this.#workers, this.#pending].flatMap((workers) => workers?.processes ?? [])
    await Promise.all(processes.map((process) => process.kill()))
    await killRetired(this.#options.runFolder)
    await this.close()
  }

  /** Has health checks answered 503 and goes on serving for `shutdownDelayMs`, so that balancers send callers elsewhere before the stop. */
  async announceStop(): Promise<void> {
    const { shutdownDelayMs } = this.#config
    if (shutdownDelayMs === 0) return
    await Promise.all([tellOfStop(this.#options.runFolder, { do: 'announceStop' }), sleep(shutdownDelayMs)])
  }

  /** Has every worker answer what it holds and end. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      const { runFolder } = this.#options
      this.#renewals.close()
      this.#launcher.end()
      // At the same time: the kernel takes connections for as long as anybody holds the socket.
      const released = tellOfStop(runFolder, { do: 'releaseSockets' })
      await Promise.all([
        released,
        this.#pending?.close(),
        this.#workers.close(),
        stopRetired(runFolder, maxStopMs(this.#config)),
      ])
    })()
    return this.#closing
  }

  async #reload(emit: (event: ReloadEvent) => void, loadConfig: () => Promise<Config>): Promise<void> {
    await reloadStack({
      busy: this.#busy,
      log: this.#options.log,
      config: () => this.#config,
      loadConfig,
      prepare: (config) => this.#publishInitial(config),
      fixed: ({ data, run = '', primary }) =>
        this.#options.binds === undefined ? { data, run, 'primary.bind': primary.bind } : { data, run },
      create: (config) => {
        this.#refuseWhileClosing()
        return (this.#pending = this.#createWorkers(config))
      },
      replace: async (config, workers) => {
        this.#refuseWhileClosing()
        const before = this.#workers
        workers.takePlaces()
        this.#pending = undefined
        this.#config = config
        this.#workers = workers
        await before.retire()
      },
      emit,
    })
  }

  #refuseWhileClosing(): void {
    if (this.#closing !== undefined)
      throw new ChangeoverError(
        'not_running',
        'the instance is being stopped; start it again with `changeover serve`',
      )
  }

  async #publishInitial(config: Config): Promise<void> {
    const { storePath, recordFolder, entries, log } = this.#options
    const [publisherEntry, gatekeeperEntry] = [entries.publisher, entries.gatekeeper]
    await publishInitial({ config, storePath, recordFolder, publisherEntry, gatekeeperEntry, log })
  }

  #createWorkers(config: Config): InstanceProcesses {
    const { storePath, runFolder, entries, logFiles, log } = this.#options
    return new InstanceProcesses({
      name: 'primary',
      workers: config.workers,
      config,
      storePath,
      runFolder,
      launcher: this.#launcher,
      endsWithParent: true,
      logFiles,
      log,
      activeVersions: createActiveVersions({
        config,
        storePath,
        findFault: (version) => checkInThread(entries.versionCheck, version),
        log,
      }),
    })
  }
}
