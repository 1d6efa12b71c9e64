import type { Config } from '../config/schema/index.ts'
import type { ReloadEvent, StackFacts, WorkerStatus } from '../contracts/index.ts'
import { createActiveVersions } from './deployments/active-versions.ts'
import { checkInThread } from './deployments/check-in-thread.ts'
import { publishInitial } from './deployments/publish-initial.ts'
import { FactsKeeper } from './figures/facts-keeper.ts'
import { FiguresKeeper } from './figures/figures-keeper.ts'
import { InstanceProcesses } from './processes/instance-processes.ts'
import { Launcher } from './processes/launcher.ts'
import { Recycling } from './processes/recycling.ts'
import { ReplaceableGroup } from './replaceable-group.ts'
import type { SupervisorOptions } from './supervisor.ts'

export type LoneInstanceOptions = Omit<
  SupervisorOptions,
  'configPath' | 'endsWithParent' | 'stopNginx' | 'followDeploy' | 'followTracing' | 'readTls' | 'onReloaded'
> & {
  /** The addresses to listen at instead of those of the configuration; undefined for those. */
  readonly binds: readonly string[] | undefined
}

/** One instance without gateway, backup and rollouts: starts its workers, replaces them, and ends with them. */
export class LoneInstance {
  readonly #options: LoneInstanceOptions
  readonly #launcher: Launcher
  readonly #group: ReplaceableGroup<InstanceProcesses>
  readonly #recycling: Recycling
  readonly #facts: FactsKeeper
  /** What all processes have counted. */
  readonly figures: FiguresKeeper

  constructor(options: LoneInstanceOptions) {
    const { config, loadConfig, runFolder, entries, binds, log } = options
    this.#options = options
    this.figures = new FiguresKeeper({ runFolder, log })
    this.#launcher = new Launcher({
      entries,
      binds: () => ({ primary: binds ?? [config.primary.bind] }),
      livingSockets: () => [],
    })
    this.#group = new ReplaceableGroup({
      config,
      loadConfig,
      runFolder,
      launcher: this.#launcher,
      log,
      applyLogSettings: options.applyLogSettings,
      create: (wanted) => this.#createWorkers(wanted),
      prepare: (wanted) => this.#publishInitial(wanted),
      fixed: ({ data, run = '', primary, metrics }) => ({
        data,
        run,
        ...(binds === undefined && { 'primary.bind': primary.bind }),
        'metrics.bind': metrics?.bind ?? '',
      }),
      startCommand: 'changeover serve',
    })
    this.#facts = new FactsKeeper({
      config: () => this.#group.config,
      storePath: options.storePath,
      isBusy: () => this.#group.busy.busyWith !== undefined,
      damaged: () => Promise.resolve([]),
    })
    this.#recycling = new Recycling({
      config: () => this.#group.config,
      instances: () => [this.#group.current],
      busy: this.#group.busy,
      random: Math.random,
      log,
    })
  }

  /** Takes the ports, publishes initial models, and starts the workers. */
  async start(): Promise<void> {
    const { current, config } = this.#group
    this.figures.start([])
    this.#launcher.open()
    await this.#publishInitial(config)
    await current.start()
    this.#recycling.start()
    this.#facts.start()
    const { length } = current.processes
    this.#options.log(
      'info',
      `primary listening at ${this.#launcher.addresses('primary').join(', ')} (${length} ${length === 1 ? 'worker' : 'workers'})`,
    )
  }

  /** What is known of the store, some seconds old at most. */
  get facts(): StackFacts {
    return this.#facts.facts
  }

  statuses(): Promise<readonly (WorkerStatus | null)[]> {
    return this.#group.current.statuses()
  }

  /** Has every process reopen its log files. */
  reopenLogs(): Promise<void> {
    return this.#group.reopenLogs()
  }

  /** Starts all workers again, from the configuration, code and versions as they are now, and retires the old ones. */
  reload(emit: (event: ReloadEvent) => void): Promise<void> {
    return this.#group.reload(emit)
  }

  /** Starts all workers again, with `by` more or fewer; at least one. */
  resize(by: number, emit: (event: ReloadEvent) => void): Promise<void> {
    return this.#group.resize(by, emit)
  }

  /** Ends every process without waiting for what it holds. */
  async kill(): Promise<void> {
    await this.#group.kill()
    await this.close()
  }

  /** See `ReplaceableGroup.announceStop`. */
  announceStop(hurried: Promise<unknown>): Promise<void> {
    return this.#group.announceStop(hurried)
  }

  /** Has every worker answer what it holds and exit. */
  close(): Promise<void> {
    this.#recycling.close()
    this.#facts.close()
    return this.#group.close().finally(() => this.figures.close())
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
      figures: this.figures,
      logFiles,
      logSettings: () => this.#group.logSettingsOf(config),
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
