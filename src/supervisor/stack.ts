import type { Config } from '../config/schema/index.ts'
import type {
  GatewayStart,
  InstanceName,
  Log,
  LogFiles,
  LogSettings,
  NginxStart,
  TlsMaterial,
} from '../contracts/index.ts'
import { defined, instanceNames } from '../contracts/index.ts'
import type { ActiveVersions } from './deployments/active-versions.ts'
import type { LivingProcess } from './processes/discover-processes.ts'
import { InstanceProcesses, workerSockets } from './processes/instance-processes.ts'
import type { Launcher } from './processes/launcher.ts'
import type { FiguresOfProcesses } from './processes/managed-process.ts'
import { ManagedProcess } from './processes/managed-process.ts'

export type StackOptions = {
  readonly config: Config
  readonly storePath: string
  readonly recordFolder: string
  readonly runFolder: string
  readonly launcher: Launcher
  readonly logFiles: LogFiles
  /** Those of the configuration, as far as nobody has changed them since. */
  readonly logSettings: () => LogSettings
  readonly log: Log
  readonly activeVersions: ActiveVersions
  readonly endsWithParent: boolean
  readonly tls: GatewayTls
  readonly onDeath: (instance: InstanceName, reason: string) => void
  readonly figures: FiguresOfProcesses
}

/** What the gateway's ports with TLS use; undefined for one without. */
export type GatewayTls = {
  readonly gateway?: TlsMaterial | undefined
  readonly grpc?: TlsMaterial | undefined
}

/** All processes of one configuration: both instances and the gateway. They start, take their places and leave together. */
export class Stack {
  readonly instances: Readonly<Record<InstanceName, InstanceProcesses>>
  readonly gateway: ManagedProcess
  readonly activeVersions: ActiveVersions
  readonly #options: StackOptions

  constructor(options: StackOptions) {
    this.#options = options
    this.activeVersions = options.activeVersions
    // Callers are answered by the gateway, which writes the access log.
    const logFiles = { error: options.logFiles.error }
    const createInstance = (name: InstanceName): InstanceProcesses =>
      new InstanceProcesses({ ...options, name, workers: options.config.workers, logFiles })
    this.instances = { primary: createInstance('primary'), backup: createInstance('backup') }
    this.gateway = this.#createGateway()
  }

  get pids(): readonly number[] {
    return this.processes.flatMap(({ pid }) => pid ?? [])
  }

  /** Where processes that live can be asked; those that answer first. */
  get livingSockets(): readonly string[] {
    return this.processes
      .toSorted((a, b) => Number(b.isHeard) - Number(a.isHeard))
      .flatMap(({ socketPath }) => socketPath ?? [])
  }

  get processes(): readonly ManagedProcess[] {
    return [...this.#all.flatMap(({ processes }) => processes), this.gateway]
  }

  /** Starts everything that does not run yet, and gives every process its place. Throws the first error of any. */
  async start(): Promise<void> {
    await Promise.all(this.#all.map((instance) => instance.start()))
    if (this.gateway.pid === undefined) await this.gateway.start()
    this.gateway.takePlace()
  }

  /**
   * Starts everything beside a stack that runs, without its places: the gateway last, since it accepts at once. Throws the first
   * error of any.
   */
  async startBeside(): Promise<void> {
    await Promise.all(this.#all.map((instance) => instance.startBeside()))
    await this.gateway.start()
  }

  takePlaces(): void {
    for (const instance of this.#all) instance.takePlaces()
    this.gateway.takePlace()
  }

  /** Takes over what was found in its place; returns those that have no place in this stack. */
  adopt(found: readonly LivingProcess[]): LivingProcess[] {
    const places = new Map(this.processes.map((process) => [process.name, process]))
    for (const { name, identity } of found) places.get(name)?.adopt(identity)
    return found.filter(({ name }) => !places.has(name))
  }

  /** Leaves its places to another stack; every process ends when its last client is done. */
  async retire(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.retire()))
  }

  /** Looks after its processes no more, and leaves them as they are. */
  detach(): void {
    for (const process of this.processes) process.detach()
  }

  /** Stops the gateway, then the instances, each after it has answered what it holds. */
  async close(): Promise<void> {
    await this.gateway.close()
    await Promise.all(this.#all.map((instance) => instance.close()))
  }

  get #all(): readonly InstanceProcesses[] {
    return instanceNames.map((name) => this.instances[name])
  }

  #createGateway(): ManagedProcess {
    const { config, runFolder, launcher, logSettings, log, figures } = this.#options
    return new ManagedProcess({
      name: 'gateway',
      runFolder,
      launcher,
      config,
      logSettings,
      log,
      figures,
      describeStart: () => this.#describeGateway(),
    })
  }

  #describeGateway(): GatewayStart | NginxStart {
    const { config, runFolder, logFiles, logSettings, endsWithParent, tls } = this.#options
    const { gateway, stopTimeoutMs, http, bodyLimitBytes, workers, tracing } = config
    const start = {
      name: 'gateway',
      runFolder,
      workerSockets: {
        primary: workerSockets(runFolder, 'primary', workers),
        backup: workerSockets(runFolder, 'backup', workers),
      },
      bodyLimitBytes,
      http,
      stopTimeoutMs,
      logFiles,
      logSettings: logSettings(),
      endsWithParent,
    } as const
    switch (gateway.kind) {
      case 'own':
        return {
          ...start,
          kind: 'gateway',
          limits: gateway,
          staticFolder: gateway.static,
          trustedProxies: gateway.trustedProxies,
          ...(gateway.cors && { cors: gateway.cors }),
          modelControl: gateway.modelControl,
          ...defined({ tracing, tls: tls.gateway, grpcTls: tls.grpc }),
        }
      case 'nginx':
        return { ...start, kind: 'nginx', gateway }
    }
  }
}
