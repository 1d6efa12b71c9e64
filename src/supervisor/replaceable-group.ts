import { setTimeout as sleep } from 'node:timers/promises'

import type { Config } from '../config/schema/index.ts'
import { maxStopMs } from '../config/schema/index.ts'
import type { Log, LogLevel, LogSettings, ReloadEvent } from '../contracts/index.ts'
import { ChangeoverError } from '../contracts/index.ts'
import { Mutex } from './mutex.ts'
import {
  killRetired,
  reopenLogs,
  setLogLevel,
  stopRetired,
  tellOfStop,
} from './processes/discover-processes.ts'
import type { Launcher } from './processes/launcher.ts'
import type { ManagedProcess } from './processes/managed-process.ts'
import type { Startable } from './reload.ts'
import { reloadAll, resized } from './reload.ts'

/** Processes that start, take their places and leave together: a stack, or the workers of an instance alone. */
export type ProcessGroup = Startable & {
  readonly processes: readonly ManagedProcess[]
  readonly takePlaces: () => void
  /** Leaves its places to another group; every process exits when its last client is done. */
  readonly retire: () => Promise<void>
}

export type ReplaceableGroupOptions<Group extends ProcessGroup> = {
  readonly config: Config
  /** Reads the configuration as it is now. */
  readonly loadConfig: () => Promise<Config>
  readonly runFolder: string
  readonly launcher: Pick<Launcher, 'end'>
  readonly log: Log
  /** Has the log of this process follow a configuration. */
  readonly applyLogSettings: (settings: LogSettings) => void
  readonly create: (config: Config) => Group
  /** What is to be done before a reload starts anything; it ends when the signal is aborted. */
  readonly prepare: (config: Config, signal: AbortSignal) => Promise<void>
  /** What a reload cannot change, by the names of the keys. */
  readonly fixed: (config: Config) => Readonly<Record<string, string>>
  /** Told as soon as a reload has put another group in place, whatever comes of retiring the one before. */
  readonly onTaken?: (config: Config) => void
  /** What is left to do when a reload has replaced the group. */
  readonly onReplaced?: (config: Config) => Promise<void>
  /** How it is started: `changeover up`. */
  readonly startCommand: string
}

/** Owns the group of processes that serves now: a reload replaces it, and a stop ends it and whatever a reload has left. */
export class ReplaceableGroup<Group extends ProcessGroup> {
  readonly #options: ReplaceableGroupOptions<Group>
  readonly busy = new Mutex()
  #config: Config
  #current: Group
  /** In place of the configuration's, until the next reload. */
  #chosenLevel: LogLevel | undefined
  /** The group that a reload is starting. */
  #pending: Group | undefined
  #closing: Promise<void> | undefined

  constructor(options: ReplaceableGroupOptions<Group>) {
    this.#options = options
    this.#config = options.config
    this.#current = options.create(options.config)
  }

  /** The configuration of the group that serves. */
  get config(): Config {
    return this.#config
  }

  get current(): Group {
    return this.#current
  }

  /** Starts all processes again, from the configuration and code as they are now, and retires the old ones. */
  reload(emit: (event: ReloadEvent) => void): Promise<void> {
    return this.#reload(emit, this.#options.loadConfig)
  }

  /** The same, with so many workers more, or fewer, per instance; at least one. */
  resize(by: number, emit: (event: ReloadEvent) => void): Promise<void> {
    const before = this.#config
    return this.#reload(emit, () => resized(before, by, this.#options.loadConfig))
  }

  /** Has every process open its log files again. */
  reopenLogs(): Promise<void> {
    return reopenLogs(this.#options.runFolder)
  }

  /** What is logged now. */
  get logLevel(): LogLevel {
    return this.logSettingsOf(this.#config).logLevel
  }

  /** What a process of a configuration is to log, if it starts now. */
  logSettingsOf({ logLevel, logFormat, accessLogFormat }: Config): LogSettings {
    return { logLevel: this.#chosenLevel ?? logLevel, logFormat, accessLogFormat }
  }

  /**
   * Sets what all processes log, also those that start later, until the next reload takes the configuration's level again. Resolves
   * to how many processes do, with this one; one of an earlier build does not.
   */
  async setLogLevel(level: LogLevel): Promise<number> {
    this.#chosenLevel = level
    this.#options.applyLogSettings(this.logSettingsOf(this.#config))
    return 1 + (await setLogLevel(this.#options.runFolder, level))
  }

  /**
   * Has health checks answered 503 and goes on serving for `shutdownDelayMs`, so that balancers send callers elsewhere before the
   * stop; no longer when `hurried` resolves.
   */
  async announceStop(hurried: Promise<unknown>): Promise<void> {
    const { shutdownDelayMs } = this.#config
    if (shutdownDelayMs === 0) return
    const delay = new AbortController()
    void hurried.then(() => delay.abort())
    await Promise.all([
      tellOfStop(this.#options.runFolder, { do: 'announceStop' }),
      sleep(shutdownDelayMs, undefined, { signal: delay.signal }).catch(() => undefined),
    ])
  }

  /** Stops every process after it has answered what it holds, and starts nothing any more. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** Ends every process without waiting for what it holds. */
  async kill(): Promise<void> {
    const processes = [this.#current, this.#pending].flatMap((group) => group?.processes ?? [])
    await Promise.all(processes.map((one) => one.kill()))
    await killRetired(this.#options.runFolder)
  }

  async #close(): Promise<void> {
    const { runFolder, launcher } = this.#options
    launcher.end()
    // At the same time: the kernel takes connections for as long as anybody holds the socket.
    const released = tellOfStop(runFolder, { do: 'releaseSockets' })
    await Promise.all([released, this.#pending?.close(), this.#current.close()])
    await stopRetired(runFolder, maxStopMs(this.#config))
  }

  async #reload(emit: (event: ReloadEvent) => void, loadConfig: () => Promise<Config>): Promise<void> {
    const { log, create, prepare, fixed, onTaken, onReplaced } = this.#options
    await reloadAll<Group>({
      busy: this.busy,
      log,
      config: () => this.#config,
      loadConfig,
      prepare,
      fixed,
      create: (config) => {
        this.#refuseWhileClosing()
        return (this.#pending = create(config))
      },
      replace: async (config, group) => {
        this.#refuseWhileClosing()
        const before = this.#current
        group.takePlaces()
        this.#pending = undefined
        this.#config = config
        this.#current = group
        onTaken?.(config)
        await this.#followConfig()
        await before.retire()
        await onReplaced?.(config)
      },
      emit,
    })
  }

  async #followConfig(): Promise<void> {
    const wasChosen = this.#chosenLevel !== undefined
    this.#chosenLevel = undefined
    this.#options.applyLogSettings(this.#config)
    if (wasChosen) await setLogLevel(this.#options.runFolder, this.#config.logLevel)
  }

  #refuseWhileClosing(): void {
    if (this.#closing !== undefined)
      throw new ChangeoverError(
        'not_running',
        `everything is being stopped; start it again with \`${this.#options.startCommand}\``,
      )
  }
}
