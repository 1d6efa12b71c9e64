import type {
  Config,
  InstanceName,
  Log,
  LogFiles,
  ModelVersion,
  WorkerCommand,
  WorkerStart,
  WorkerStatus,
} from '../contracts/index.ts'
import { placeSocket } from '../launch/index.ts'
import type { Launcher } from './launcher.ts'
import { ManagedProcess } from './managed-process.ts'

const statusTimeoutMs = 500
const restoreTries = 2

export type InstanceProcessesOptions = {
  readonly name: InstanceName
  readonly workers: number
  readonly config: Pick<
    Config,
    'service' | 'models' | 'bodyLimitBytes' | 'http' | 'hangTimeoutMs' | 'stopTimeoutMs' | 'trustedKeys'
  >
  readonly storePath: string
  /** Where workers record the texts that models are asked; left out where they do not, whatever the configuration says. */
  readonly recordFolder?: string
  readonly runFolder: string
  readonly launcher: Pick<Launcher, 'launch'>
  readonly logFiles: LogFiles
  readonly log: Log
  /** What a process that starts now has to serve. */
  readonly activeVersions: () => readonly ModelVersion[]
  readonly onDeath?: (instance: InstanceName, reason: string) => void
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

  /** Has every worker do the same; throws the first error of any. */
  async command(command: WorkerCommand, timeoutMs: number): Promise<void> {
    await Promise.all(this.processes.map((process) => process.command(command, timeoutMs)))
  }

  /** Puts every worker back on a version; one that cannot be is ended in the end, and the next one loads what the pointer names. */
  async restore(model: string, version: string | null, timeoutMs: number): Promise<void> {
    await Promise.all(this.processes.map((process) => restoreOne(process, { model, version }, timeoutMs)))
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
    const { name: instance, config, runFolder, launcher, log, onDeath } = this.#options
    let told: readonly ModelVersion[] = []
    const created: ManagedProcess = new ManagedProcess({
      name,
      runFolder,
      launcher,
      config,
      log,
      describeStart: () => {
        const start = this.#describeStart(name, workerIndex)
        told = start.versions
        return start
      },
      onBack: () => void this.#catchUp(created, told),
      onDeath: (reason) => onDeath?.(instance, reason),
    })
    return created
  }

  #describeStart(name: string, workerIndex: number): WorkerStart {
    const {
      name: instance,
      config,
      storePath,
      recordFolder,
      runFolder,
      logFiles,
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
      versions: activeVersions(),
      trustedKeys: config.trustedKeys,
      record: recordFolder === undefined ? undefined : describeRecord(config, recordFolder),
      endsWithParent: endsWithParent ?? false,
    }
  }

  /** A version that became active while a process was starting is served by it too. */
  async #catchUp(process: ManagedProcess, told: readonly ModelVersion[]): Promise<void> {
    const { activeVersions, log } = this.#options
    for (const { model, version } of activeVersions()) {
      if (told.some((one) => one.model === model && one.version === version)) continue
      await process
        .command({ do: 'restore', model, version }, statusTimeoutMs)
        .catch((error: unknown) => log('error', error instanceof Error ? error.message : String(error)))
    }
  }
}

async function restoreOne(
  process: ManagedProcess,
  wanted: { readonly model: string; readonly version: string | null },
  timeoutMs: number,
): Promise<void> {
  for (let tries = 0; tries < restoreTries; tries++) {
    const { pid } = process
    try {
      await process.command({ do: 'restore', ...wanted }, timeoutMs)
      return
    } catch {
      // It has died, and the next one has the right version by itself.
      if (pid === undefined || process.pid !== pid) return
    }
  }
  process.end()
}

/** What a worker records, and where; undefined where no model is recorded. */
function describeRecord({ models }: Pick<Config, 'models'>, recordFolder: string): WorkerStart['record'] {
  const recorded = Object.entries(models).flatMap(([name, { record }]) =>
    record === undefined ? [] : [[name, record] as const],
  )
  return recorded.length === 0 ? undefined : { recordFolder, models: Object.fromEntries(recorded) }
}
