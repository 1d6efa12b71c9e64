import { userInfo } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

import type {
  GatewayCommand,
  GatewayMeasurement,
  GatewayStatus,
  InstanceMeters,
  InstanceName,
  Log,
  NginxStart,
  ProcessFigures,
  TrafficFigures,
} from '../../contracts/index.ts'
import { ChangeoverError, otherInstance, toMessage } from '../../contracts/index.ts'
import { describeNginx, formatMain } from '../../integrations/index.ts'
import type { ProcessLife } from '../../ipc/index.ts'
import { LinkServer, obeyProcessCommand, refuseCommand } from '../../ipc/index.ts'
import { askMeters } from '../own/ask-meters.ts'
import { TrafficMeter } from '../own/traffic-meter.ts'
import { findProgram } from './find-program.ts'
import {
  findNginx,
  nginxFiles,
  readConfig,
  startNginx,
  stopNginx,
  tellNginx,
  writeConfig,
} from './nginx-process.ts'
import { PolledInstances } from './polled-instances.ts'

export type NginxGatewayOptions = NginxStart &
  ProcessLife & {
    /** Where each socket of the stack is bound. */
    readonly addresses: Readonly<Record<InstanceName | 'gateway', string>>
    /** The number of the socket that nginx accepts on. */
    readonly listeningFd: number
    readonly socketPath: string
    readonly placePath: string
    readonly log: Log
  }

/** How often nginx and the workers are checked. */
const lookMs = 250
const pauseLookMs = 5

/**
 * nginx in the gateway's place, with the commands of the gateway: an instance is paused by having its workers answer 503, on
 * which nginx goes on to the other. nginx outlives this process, and the next one takes it over as it is.
 */
export class NginxGateway {
  readonly #options: NginxGatewayOptions
  readonly #startedAtMs = Date.now()
  readonly #program: string
  readonly #meter = new TrafficMeter()
  readonly #instances: PolledInstances
  readonly #control: LinkServer
  /** Counts the pause and resume commands of each, so that a waiting pause notices a later command. */
  readonly #orders: Record<InstanceName, number> = { primary: 0, backup: 0 }
  #timer: NodeJS.Timeout | undefined
  #tending: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(options: NginxGatewayOptions) {
    this.#options = options
    this.#program = findProgram(process.env['PATH'] ?? '')
    this.#instances = new PolledInstances(options.workerSockets, (latency) =>
      this.#meter.answeredElsewhere(performance.now(), latency),
    )
    this.#control = new LinkServer({
      socketPath: options.socketPath,
      onCommand: (command) => this.#obey(command as GatewayCommand),
      figures: (after) => this.#figures(after),
    })
  }

  async start(): Promise<void> {
    const counted = await askMeters(this.#options.placePath)
    if (counted !== undefined) this.#instances.continueFrom(counted)
    await this.#tend()
    await this.#control.start()
    this.#timer = setInterval(() => this.#tendOnce(), lookMs)
  }

  /** If another process has taken its place, that one manages nginx too. */
  close({ isPatient }: { readonly isPatient: boolean }): Promise<void> {
    this.#closing ??= (async () => {
      clearInterval(this.#timer)
      await this.#tending
      if (!isPatient) await stopNginx(this.#options.runFolder, this.#options.stopTimeoutMs)
      this.#control.close()
    })()
    return this.#closing
  }

  #tendOnce(): void {
    this.#tending ??= this.#tend()
      .catch((error: unknown) => this.#options.log('error', toMessage(error)))
      .finally(() => (this.#tending = undefined))
  }

  /** Polls the workers, and keeps nginx running with the present configuration and routes. */
  async #tend(): Promise<void> {
    await this.#instances.poll()
    const files = nginxFiles(this.#options.runFolder)
    const wanted = this.#format()
    const isNew = wanted !== undefined && wanted !== readConfig(files)
    if (isNew) await writeConfig(this.#program, files, wanted)
    if (this.#closing !== undefined) return
    const pid = findNginx(files)
    if (pid === undefined) {
      await startNginx(this.#program, files, this.#options.listeningFd)
      this.#options.log('info', `nginx runs as process ${findNginx(files) ?? 'unknown'}`)
    } else if (isNew) {
      tellNginx(pid, files, 'reload')
      this.#options.log('info', 'nginx reloads its configuration')
    }
  }

  /** Undefined until a worker has reported its routes. */
  #format(): string | undefined {
    const { addresses, gateway, http, bodyLimitBytes, runFolder, logFiles, logSettings } = this.#options
    const { routes } = this.#instances
    if (routes === undefined) return undefined
    const description = describeNginx(
      {
        primary: { bind: addresses.primary },
        backup: { bind: addresses.backup },
        gateway: { ...gateway, bind: addresses.gateway },
        http,
        bodyLimitBytes,
      },
      routes,
    )
    const { folder, pidFile } = nginxFiles(runFolder)
    return formatMain(description, {
      pidFile,
      temporaryFolder: folder,
      user: process.getuid?.() === 0 ? nameOfRoot() : undefined,
      maxConnections: http.maxConnections,
      logFiles,
      accessLogFormat: logSettings?.accessLogFormat ?? 'gunicorn',
    })
  }

  #obey(
    command: GatewayCommand,
  ): Promise<GatewayStatus | GatewayMeasurement | number> | Promise<void> | InstanceMeters | undefined {
    switch (command.do) {
      case 'status':
        return this.#status()
      case 'meters':
        return this.#instances.meters
      case 'measure':
        return this.#measure()
      case 'pause':
        return this.#pause(command.instance, command.timeoutMs)
      case 'resume':
        return this.#resume(command.instance)
      case 'announceStop':
        // nginx passes health checks to the workers.
        return undefined
      case 'spawn':
      case 'reopenLogs':
      case 'setLogLevel':
      case 'releaseSockets':
      case 'stop':
      case 'retire':
        return obeyProcessCommand(command, { ...this.#options, reopenLogs: () => this.#reopenLogs() })
      default:
        return refuseCommand(command)
    }
  }

  #reopenLogs(): void {
    this.#options.reopenLogs()
    const files = nginxFiles(this.#options.runFolder)
    const pid = findNginx(files)
    if (pid !== undefined) tellNginx(pid, files, 'reopenLogs')
  }

  /** Resolves when the instance has answered what it had. Throws `no_instance` if the other one does not serve in time. */
  async #pause(name: InstanceName, timeoutMs: number): Promise<void> {
    const other = otherInstance(name)
    const order = ++this.#orders[name]
    const isOvertaken = (): boolean => order !== this.#orders[name]
    const endMs = performance.now() + timeoutMs
    await this.#instances.poll()
    while (!this.#instances.isServing(other)) {
      if (performance.now() > endMs)
        throw new ChangeoverError(
          'no_instance',
          `the ${name} cannot be paused: the ${other} is not ready to serve in its place`,
        )
      await sleep(pauseLookMs)
      await this.#instances.poll()
    }
    if (isOvertaken()) return
    this.#instances.setPaused(name, true)
    await this.#instances.poll()
    while (!isOvertaken() && !this.#instances.isQuiet(name)) {
      await sleep(pauseLookMs)
      await this.#instances.poll()
    }
  }

  async #resume(name: InstanceName): Promise<void> {
    this.#orders[name]++
    this.#instances.setPaused(name, false)
    await this.#instances.poll()
  }

  /** What nginx does is not counted: the workers count what they answer. */
  #figures(after: number | undefined): ProcessFigures {
    return {
      number: (after ?? 0) + 1,
      isWhole: true,
      pid: process.pid,
      startedAtMs: this.#startedAtMs,
      usage: this.#options.usage(),
      gateway: {
        routes: [],
        counts: {},
        instances: {
          primary: this.#instances.traffic('primary'),
          backup: this.#instances.traffic('backup'),
        },
      },
    }
  }

  async #measure(): Promise<GatewayMeasurement> {
    await this.#instances.poll()
    return {
      recent: asFarAsKnown(this.#meter.recent(performance.now())),
      window: asFarAsKnown(this.#meter.takeWindow()),
    }
  }

  async #status(): Promise<GatewayStatus> {
    await this.#instances.poll()
    const nowMs = performance.now()
    const { gateway } = this.#options.addresses
    return {
      pid: process.pid,
      startedAtMs: this.#startedAtMs,
      address: gateway.startsWith('unix:') ? gateway : `http://${gateway}`,
      waiting: null,
      retried: null,
      refused: null,
      lost: null,
      latest: this.#meter.latest(nowMs),
      recent: asFarAsKnown(this.#meter.recent(nowMs)),
      instances: { primary: this.#instances.traffic('primary'), backup: this.#instances.traffic('backup') },
    }
  }
}

/** Undefined if the machine has no name for it; nginx needs one. */
function nameOfRoot(): string | undefined {
  try {
    return userInfo().username
  } catch {
    return undefined
  }
}

/** Counts the workers' answers; what nginx does without them is not counted. */
function asFarAsKnown(figures: TrafficFigures): TrafficFigures {
  return { ...figures, accepted: null, refused: null, lost: null, longestGapMs: null }
}
