import { join } from 'node:path'

import type {
  Config,
  InstanceName,
  Log,
  ModelVersion,
  WorkerCommand,
  WorkerStart,
  WorkerStatus,
} from '../contracts/index.ts'
import { sendCommand } from '../link/index.ts'
import { formatAddress, openListeningSocket } from './listening-socket.ts'
import type { ListeningSocket } from './listening-socket.ts'
import { ManagedProcess } from './managed-process.ts'

const statusTimeoutMs = 500

export type InstanceProcessesOptions = {
  readonly name: InstanceName
  readonly bind: string
  readonly workers: number
  readonly config: Pick<Config, 'service' | 'models' | 'bodyLimitBytes' | 'http'>
  readonly storePath: string
  /** Where workers record the texts that models are asked; left out where they do not, whatever the configuration says. */
  readonly recordFolder?: string
  readonly runFolder: string
  readonly workerEntry: string
  readonly log: Log
  /** What a process that starts now has to serve. */
  readonly activeVersions: () => readonly ModelVersion[]
  readonly onDeath?: (instance: InstanceName, reason: string) => void
}

/** Where the workers of an instance listen for their links. */
export function workerSockets(runFolder: string, name: InstanceName, workers: number): string[] {
  return Array.from({ length: workers }, (_, index) => join(runFolder, `${name}-${index}.sock`))
}

/** The worker processes of one instance and the socket that they share. */
export class InstanceProcesses {
  readonly #options: InstanceProcessesOptions
  readonly #sockets: readonly string[]
  #socket: ListeningSocket | undefined
  #processes: readonly ManagedProcess[] = []

  constructor(options: InstanceProcessesOptions) {
    this.#options = options
    this.#sockets = workerSockets(options.runFolder, options.name, options.workers)
  }

  get name(): InstanceName {
    return this.#options.name
  }

  /** Where the instance listens; empty before `bind`. */
  get address(): string {
    return this.#socket === undefined ? '' : formatAddress(this.#socket.address)
  }

  get restarts(): number {
    return this.#processes.reduce((sum, { restarts }) => sum + restarts, 0)
  }

  /** Takes the instance's port; nobody accepts on it yet. */
  bind(): void {
    this.#socket = openListeningSocket(this.#options.bind)
  }

  async start(): Promise<void> {
    const { name, log, workers } = this.#options
    const socket = this.#socket
    if (socket === undefined) throw new Error('bind() comes before start()')
    this.#processes = this.#sockets.map((socketPath, workerIndex) =>
      this.#createProcess(socketPath, workerIndex, socket),
    )
    await Promise.all(this.#processes.map((process) => process.start()))
    log('info', `${name} listening at ${this.address} (${workers} ${workers === 1 ? 'worker' : 'workers'})`)
  }

  async close(): Promise<void> {
    this.#socket?.close()
    await Promise.all(this.#processes.map((process) => process.close()))
  }

  /** Has every worker do the same; throws the first error of any. */
  async command(command: WorkerCommand, timeoutMs: number): Promise<void> {
    await Promise.all(this.#sockets.map((path) => sendCommand(path, command, timeoutMs)))
  }

  async statuses(): Promise<(WorkerStatus | null)[]> {
    return Promise.all(
      this.#sockets.map((path) =>
        sendCommand(path, { do: 'status' }, statusTimeoutMs).then(
          (value) => value as WorkerStatus,
          () => null,
        ),
      ),
    )
  }

  #createProcess(socketPath: string, workerIndex: number, socket: ListeningSocket): ManagedProcess {
    const { name, config, storePath, recordFolder, workerEntry, log, activeVersions, onDeath } = this.#options
    let told: readonly ModelVersion[] = []
    return new ManagedProcess({
      name: `${name} ${workerIndex}`,
      entry: workerEntry,
      listeningSocket: socket.handle,
      log,
      describeStart: () => {
        told = activeVersions()
        return {
          kind: 'worker',
          instance: name,
          workerIndex,
          socketPath,
          servicePath: config.service,
          storePath,
          bodyLimitBytes: config.bodyLimitBytes,
          http: config.http,
          versions: told,
          record: recordFolder === undefined ? undefined : describeRecord(config, recordFolder),
        }
      },
      onReady: () => void this.#catchUp(socketPath, told),
      onDeath: (reason) => onDeath?.(name, reason),
    })
  }

  /** A version that became active while a process was starting is served by it too. */
  async #catchUp(socketPath: string, told: readonly ModelVersion[]): Promise<void> {
    const { activeVersions, log } = this.#options
    for (const { model, version } of activeVersions()) {
      if (told.some((one) => one.model === model && one.version === version)) continue
      await sendCommand(socketPath, { do: 'restore', model, version }, statusTimeoutMs).catch(
        (error: unknown) => log('error', error instanceof Error ? error.message : String(error)),
      )
    }
  }
}

/** What a worker records, and where; undefined where no model is recorded. */
function describeRecord({ models }: Pick<Config, 'models'>, recordFolder: string): WorkerStart['record'] {
  const recorded = Object.entries(models).flatMap(([name, { record }]) =>
    record === undefined ? [] : [[name, record] as const],
  )
  return recorded.length === 0 ? undefined : { recordFolder, models: Object.fromEntries(recorded) }
}
