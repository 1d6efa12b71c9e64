import type { Config } from '../../config/schema/index.ts'
import type {
  ErrorCode,
  InstanceName,
  LabelTally,
  Log,
  LogFiles,
  LogSettings,
  ModelVersion,
  ProcessStart,
  WorkerCommand,
  WorkerStart,
  WorkerStatus,
} from '../../contracts/index.ts'
import { ChangeoverError, toMessage } from '../../contracts/index.ts'
import { placeSocket } from '../../process/index.ts'
import { readManifest } from '../../store/index.ts'
import type { ActiveVersions } from '../deployments/active-versions.ts'
import type { Launcher, Started } from './launcher.ts'
import type { FiguresOfProcesses } from './managed-process.ts'
import { ManagedProcess } from './managed-process.ts'

const statusTimeoutMs = 500
const restoreAttempts = 2

/** A disk that turns, or a processor without instructions for SHA-256. */
const slowestHashBytesPerSecond = 100_000_000

/** The errors of a worker that ends because it refuses to load what it was told to. */
const refusals: readonly ErrorCode[] = ['version_damaged', 'version_untrusted', 'version_unknown']

export type InstanceProcessesOptions = {
  readonly name: InstanceName
  readonly workers: number
  readonly config: Pick<
    Config,
    | 'service'
    | 'models'
    | 'gateway'
    | 'bodyLimitBytes'
    | 'http'
    | 'hangTimeoutMs'
    | 'stopTimeoutMs'
    | 'trustedKeys'
    | 'tracing'
  >
  readonly storePath: string
  /** Where workers record the texts that models are asked; left out if they do not, whatever the configuration says. */
  readonly recordFolder?: string
  readonly runFolder: string
  readonly launcher: Pick<Launcher, 'launch'>
  readonly logFiles: LogFiles
  readonly logSettings: () => LogSettings
  readonly log: Log
  /** What a process that starts now has to serve. */
  readonly activeVersions: Pick<ActiveVersions, 'list' | 'isUnloaded' | 'forget'>
  readonly onDeath?: (instance: InstanceName, reason: string) => void
  readonly figures?: FiguresOfProcesses
  /** Whether the workers stop when the process that started them ends. */
  readonly endsWithParent?: boolean
}

/** The places of an instance's workers: `primary-0`, `primary-1`, … */
function workerNames(instance: InstanceName, workers: number): string[] {
  return Array.from({ length: workers }, (_, index) => `${instance}-${index}`)
}

/** Where the workers of an instance are found, whichever processes they are. */
export function workerSockets(runFolder: string, instance: InstanceName, workers: number): string[] {
  return workerNames(instance, workers).map((name) => placeSocket(runFolder, name))
}

/** The worker processes of one instance. */
export class InstanceProcesses {
  readonly #options: InstanceProcessesOptions
  readonly processes: readonly ManagedProcess[]

  constructor(options: InstanceProcessesOptions) {
    this.#options = options
    this.processes = workerNames(options.name, options.workers).map((name, index) =>
      this.#createProcess(name, index),
    )
  }

  get restarts(): number {
    return this.processes.reduce((sum, { restarts }) => sum + restarts, 0)
  }

  /** Starts the workers that do not run yet, and gives all of them their places. Throws the first error of any. */
  async start(): Promise<void> {
    await this.startBeside()
    this.takePlaces()
  }

  /** Starts the workers that do not run yet, without their places. Throws the first error of any. */
  async startBeside(): Promise<void> {
    await Promise.all(this.processes.filter(({ pid }) => pid === undefined).map((process) => process.start()))
  }

  takePlaces(): void {
    for (const process of this.processes) process.takePlace()
  }

  /** Leaves its places to others; every worker ends when its last client is done. */
  async retire(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.retire()))
  }

  /** Has every worker answer what it holds and end. */
  async close(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.close()))
  }

  /** Has every worker do the same; throws the first error of any. A load may take longer by what hashing takes. */
  async command(command: WorkerCommand, timeoutMs: number): Promise<void> {
    const hashMs = command.do === 'load' ? this.#maxHashMs(command.target) : 0
    await Promise.all(this.processes.map((process) => process.command(command, timeoutMs + hashMs)))
  }

  /** Puts every worker back on a version; one that fails is ended, and the next one loads what the pointer names. */
  async restore(model: string, version: string | null, timeoutMs: number): Promise<void> {
    const restoreTimeoutMs = timeoutMs + (version === null ? 0 : this.#maxHashMs({ model, version }))
    await Promise.all(
      this.processes.map((process) => restoreOne(process, { model, version }, restoreTimeoutMs)),
    )
  }

  /** What each worker has counted of a model's labels; null for one that does not answer, or serves no version of it. */
  async labelTallies(model: string): Promise<(LabelTally | null)[]> {
    return Promise.all(
      this.processes.map((process) =>
        process.command({ do: 'labelCounts', model }, statusTimeoutMs).then(
          (value) => (value as LabelTally | undefined) ?? null,
          () => null,
        ),
      ),
    )
  }

  async statuses(): Promise<(WorkerStatus | null)[]> {
    return Promise.all(
      this.processes.map((process) =>
        process.command({ do: 'status' }, statusTimeoutMs).then(
          (value) => value as WorkerStatus,
          () => null,
        ),
      ),
    )
  }

  #createProcess(name: string, workerIndex: number): ManagedProcess {
    const { name: instance, config, runFolder, logSettings, log, onDeath, figures } = this.#options
    let told: readonly ModelVersion[] = []
    const created: ManagedProcess = new ManagedProcess({
      name,
      runFolder,
      launcher: { launch: (start) => this.#launch(start, told) },
      config,
      logSettings,
      log,
      describeStart: async () => {
        const start = await this.#describeStart(name, workerIndex)
        told = start.versions
        return start
      },
      onBack: () => void this.#catchUp(created, told),
      onDeath: (reason) => onDeath?.(instance, reason),
      ...(figures && { figures }),
    })
    return created
  }

  /** A worker that finds other bytes than were checked ends; what it was told is then checked again before the next one starts. */
  async #launch(start: ProcessStart, told: readonly ModelVersion[]): Promise<Started> {
    const { launcher, activeVersions } = this.#options
    try {
      return await launcher.launch(start)
    } catch (error) {
      if (error instanceof ChangeoverError && refusals.includes(error.code)) activeVersions.forget(told)
      throw error
    }
  }

  async #describeStart(name: string, workerIndex: number): Promise<WorkerStart> {
    const {
      name: instance,
      config,
      storePath,
      recordFolder,
      runFolder,
      logFiles,
      logSettings,
      activeVersions,
      endsWithParent,
    } = this.#options
    return {
      kind: 'worker',
      name,
      runFolder,
      instance,
      workerIndex,
      servicePath: config.service,
      storePath,
      bodyLimitBytes: config.bodyLimitBytes,
      http: config.http,
      stopTimeoutMs: config.stopTimeoutMs,
      logFiles,
      logSettings: logSettings(),
      ...(config.tracing && { tracing: config.tracing }),
      versions: await activeVersions.list(),
      trustedKeys: config.trustedKeys,
      trustedProxies: config.gateway.trustedProxies,
      record: recordFolder === undefined ? undefined : describeRecord(config, recordFolder),
      endsWithParent: endsWithParent ?? false,
    }
  }

  /** All workers hash at once what they load, and may have to share one processor. */
  #maxHashMs(target: ModelVersion): number {
    try {
      const { compiled, dictionary } = readManifest(this.#options.storePath, target)
      const sizeBytes = compiled.sizeBytes + (dictionary?.sizeBytes ?? 0)
      return Math.floor((sizeBytes * this.processes.length) / slowestHashBytesPerSecond) * 1_000
    } catch {
      // The worker that loads it reports what is wrong with it.
      return 0
    }
  }

  /** A version that became active while a process was starting is served by it too, and a model that was unloaded is not. */
  async #catchUp(process: ManagedProcess, told: readonly ModelVersion[]): Promise<void> {
    const { activeVersions, log } = this.#options
    const restore = (model: string, version: string | null, timeoutMs: number): Promise<unknown> =>
      process
        .command({ do: 'restore', model, version }, timeoutMs)
        .catch((error: unknown) => log('error', toMessage(error)))
    const served = new Map(told.map(({ model, version }) => [model, version]))
    const findChanged = async (): Promise<ModelVersion | undefined> =>
      (await activeVersions.list()).find(({ model, version }) => served.get(model) !== version)
    // Looked up before each: while another one was restored, a rollout may have committed.
    for (let next = await findChanged(); next !== undefined; next = await findChanged()) {
      served.set(next.model, next.version)
      await restore(next.model, next.version, statusTimeoutMs + this.#maxHashMs(next))
    }
    for (const { model } of told)
      if (activeVersions.isUnloaded(model)) await restore(model, null, statusTimeoutMs)
  }
}

async function restoreOne(
  process: ManagedProcess,
  wanted: { readonly model: string; readonly version: string | null },
  timeoutMs: number,
): Promise<void> {
  for (let attempt = 0; attempt < restoreAttempts; attempt++) {
    const { pid } = process
    try {
      await process.command({ do: 'restore', ...wanted }, timeoutMs)
      return
    } catch {
      // It has died, and the next one starts with the right version.
      if (pid === undefined || process.pid !== pid) return
    }
  }
  process.end()
}

/** What a worker records, and where; undefined if no model is recorded. */
function describeRecord({ models }: Pick<Config, 'models'>, recordFolder: string): WorkerStart['record'] {
  const recorded = Object.entries(models).flatMap(([name, { record }]) =>
    record === undefined ? [] : [[name, record] as const],
  )
  return recorded.length === 0 ? undefined : { recordFolder, models: Object.fromEntries(recorded) }
}
