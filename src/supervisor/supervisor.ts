import { instanceNames } from '../contracts/index.ts'
import type {
  Config,
  DeployBody,
  GatewayStatus,
  InstanceName,
  Log,
  RollbackBody,
  StackStatus,
} from '../contracts/index.ts'
import { sendCommand } from '../link/index.ts'
import { readPointer } from '../store/index.ts'
import { Deployments } from './deployments.ts'
import type { EmitDeploy } from './deployments.ts'
import { InstanceProcesses, workerSockets } from './instance-processes.ts'
import { formatAddress, openListeningSocket } from './listening-socket.ts'
import type { ListeningSocket } from './listening-socket.ts'
import { ManagedProcess } from './managed-process.ts'
import { activeVersions, publishInitial } from './publish-initial.ts'
import { prepareRunFolder } from './run-folder.ts'

export type SupervisorOptions = {
  readonly config: Config
  readonly configPath: string
  readonly storePath: string
  readonly recordFolder: string
  readonly runFolder: string
  readonly gatewaySocket: string
  readonly entries: Readonly<Record<'worker' | 'gateway' | 'publisher' | 'gatekeeper', string>>
  readonly log: Log
}

const statusTimeoutMs = 500

/** Starts and watches the gateway and both instances, and carries out rollouts. */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #startedAtMs = Date.now()
  readonly #instances: Readonly<Record<InstanceName, InstanceProcesses>>
  readonly #deployments: Deployments
  #gatewaySocket: ListeningSocket | undefined
  #gateway: ManagedProcess | undefined
  #closing: Promise<void> | undefined

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#instances = { primary: this.#createInstance('primary'), backup: this.#createInstance('backup') }
    this.#deployments = new Deployments({
      config: options.config,
      storePath: options.storePath,
      recordFolder: options.recordFolder,
      publisherEntry: options.entries.publisher,
      gatekeeperEntry: options.entries.gatekeeper,
      log: options.log,
      activeVersions: () => activeVersions(options.config, options.storePath),
      commandInstance: (name, command, timeoutMs) => this.#instances[name].command(command, timeoutMs),
      commandGateway: (command, timeoutMs) => sendCommand(options.gatewaySocket, command, timeoutMs),
    })
  }

  /** Takes the ports, publishes initial models, starts the instances and then the gateway. Leaves nothing behind where it fails. */
  async start(): Promise<void> {
    const { config, log, runFolder } = this.#options
    try {
      prepareRunFolder(runFolder)
      for (const name of instanceNames) this.#instances[name].bind()
      this.#gatewaySocket = openListeningSocket(config.gateway.bind)
      await publishInitial({
        config,
        storePath: this.#options.storePath,
        recordFolder: this.#options.recordFolder,
        publisherEntry: this.#options.entries.publisher,
        gatekeeperEntry: this.#options.entries.gatekeeper,
        log,
      })
      await Promise.all(instanceNames.map((name) => this.#instances[name].start()))
      this.#gateway = this.#createGateway(this.#gatewaySocket)
      await this.#gateway.start()
      log('info', `gateway listening at ${this.#gatewayAddress}`)
    } catch (error) {
      await this.close()
      throw error
    }
  }

  /** Stops the gateway, then the instances, each after it has answered what it holds. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#gatewaySocket?.close()
      await this.#gateway?.close()
      await Promise.all(instanceNames.map((name) => this.#instances[name].close()))
    })()
    return this.#closing
  }

  deploy(body: DeployBody, emit: EmitDeploy): Promise<void> {
    return this.#deployments.deploy(body, emit)
  }

  rollback(body: RollbackBody, emit: EmitDeploy): Promise<void> {
    return this.#deployments.rollback(body, emit)
  }

  async status(): Promise<StackStatus> {
    const { config, configPath, storePath } = this.#options
    const [gateway, ...instances] = await Promise.all([
      this.#gatewayStatus(),
      ...instanceNames.map(async (name) => ({
        name,
        address: this.#instances[name].address,
        restarts: this.#instances[name].restarts,
        workers: await this.#instances[name].statuses(),
      })),
    ])
    return {
      pid: process.pid,
      startedAtMs: this.#startedAtMs,
      configPath,
      models: Object.keys(config.models).flatMap((model) => readPointer(storePath, model) ?? []),
      rollout: this.#deployments.busyWith ?? null,
      gateway: { address: this.#gatewayAddress, restarts: this.#gateway?.restarts ?? 0, status: gateway },
      instances,
    }
  }

  get #gatewayAddress(): string {
    return this.#gatewaySocket === undefined ? '' : formatAddress(this.#gatewaySocket.address)
  }

  #gatewayStatus(): Promise<GatewayStatus | null> {
    return sendCommand(this.#options.gatewaySocket, { do: 'status' }, statusTimeoutMs).then(
      (value) => value as GatewayStatus,
      () => null,
    )
  }

  #createInstance(name: InstanceName): InstanceProcesses {
    const { config, storePath, recordFolder, runFolder, entries, log } = this.#options
    return new InstanceProcesses({
      name,
      bind: config[name].bind,
      workers: config.workers,
      config,
      storePath,
      recordFolder,
      runFolder,
      workerEntry: entries.worker,
      log,
      activeVersions: () => activeVersions(config, storePath),
      onDeath: (instance, reason) => this.#deployments.died(instance, reason),
    })
  }

  #createGateway(socket: ListeningSocket): ManagedProcess {
    const { config, runFolder, gatewaySocket, entries, log } = this.#options
    return new ManagedProcess({
      name: 'gateway',
      entry: entries.gateway,
      listeningSocket: socket.handle,
      log,
      describeStart: () => ({
        kind: 'gateway',
        socketPath: gatewaySocket,
        workerSockets: {
          primary: workerSockets(runFolder, 'primary', config.workers),
          backup: workerSockets(runFolder, 'backup', config.workers),
        },
        bodyLimitBytes: config.bodyLimitBytes,
        http: config.http,
        answerTimeoutMs: config.gateway.answerTimeoutMs,
        staticFolder: config.gateway.static,
      }),
    })
  }
}

/** Ends processes that a supervisor which was killed left behind; returns how many answered. */
export async function stopLeftBehind(sockets: readonly string[]): Promise<number> {
  const answers = await Promise.allSettled(
    sockets.map((path) => sendCommand(path, { do: 'stop' }, statusTimeoutMs)),
  )
  return answers.filter(({ status }) => status === 'fulfilled').length
}
