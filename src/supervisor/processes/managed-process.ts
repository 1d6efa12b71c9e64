import type { Config } from '../../config/schema/index.ts'
import { maxStopMs } from '../../config/schema/index.ts'
import type {
  GatewayCommand,
  Log,
  LogLevel,
  LogSettings,
  ProcessStart,
  WorkerCommand,
} from '../../contracts/index.ts'
import { toMessage } from '../../contracts/index.ts'
import { sendCommand } from '../../ipc/index.ts'
import { ownSocket } from '../../process/index.ts'
import type { ProcessIdentity } from '../../run-folder/index.ts'
import type { FiguresKeeper } from '../figures/figures-keeper.ts'
import { whenAborted } from '../preemption.ts'
import type { Launcher, Started } from './launcher.ts'
import { systemEnvironment } from './process-environment.ts'
import type { ProcessWatch } from './process-watch.ts'
import { RestartDelay } from './restart-delay.ts'

export type ManagedProcessOptions = {
  /** Its place in the stack: `primary-0`. */
  readonly name: string
  readonly runFolder: string
  readonly launcher: Pick<Launcher, 'launch'>
  readonly config: Pick<Config, 'hangTimeoutMs' | 'stopTimeoutMs' | 'http'>
  /** What it is to log now. */
  readonly logSettings: () => LogSettings
  readonly log: Log
  /** What the process is told when it starts; called for each start. */
  readonly describeStart: () => ProcessStart | Promise<ProcessStart>
  /** A process that was restarted serves. */
  readonly onBack?: () => void
  readonly onDeath?: (reason: string) => void
  readonly figures?: FiguresOfProcesses
}

/** Gathers the figures of processes, from when they have started until they have ended. */
export type FiguresOfProcesses = Pick<FiguresKeeper, 'watch' | 'count'>

/** What a client that is answered may still take after the longest that an idle one may. */
const retireGraceMs = 60_000

const logLevelTimeoutMs = 500

type State =
  /** Nothing has been started or adopted yet. */
  | { readonly is: 'new' }
  | Running
  /** It was launched and is not ready yet; `started` settles when it is, or has failed. */
  | { readonly is: 'starting'; readonly started: Promise<void> }
  /** It has exited, or did not come up, and is restarted when the timer ends. */
  | { readonly is: 'waiting'; readonly cancel: () => void }
  /** It is not looked after any more. */
  | { readonly is: 'released' }

type Running = {
  readonly is: 'running'
  readonly identity: ProcessIdentity
  readonly socketPath: string
  readonly watch: Pick<ProcessWatch, 'isHeard' | 'close'>
  readonly sinceMs: number
}

/**
 * A process of the stack in its place: started, or adopted from an earlier supervisor; killed if it hangs, and restarted with
 * backoff whenever it exits. It outlives a supervisor that is killed.
 */
export class ManagedProcess {
  readonly #options: ManagedProcessOptions
  readonly #environment
  readonly #restartDelay = new RestartDelay()
  #state: State = { is: 'new' }
  /** Called when the state changes. */
  readonly #observers = new Set<() => void>()
  #isInPlace = false
  #restarts = 0

  constructor(options: ManagedProcessOptions, environment = systemEnvironment) {
    this.#options = options
    this.#environment = environment
  }

  get name(): string {
    return this.#options.name
  }

  /** `primary 0`: how people read it. */
  get label(): string {
    return this.#options.name.replace('-', ' ')
  }

  get pid(): number | undefined {
    return this.#running?.identity.pid
  }

  /** Whether the process has answered its last heartbeat. */
  get isHeard(): boolean {
    return this.#running?.watch.isHeard === true
  }

  get restarts(): number {
    return this.#restarts
  }

  /** Where the process takes commands; undefined while there is none. */
  get socketPath(): string | undefined {
    return this.#running?.socketPath
  }

  /**
   * Starts the process, unless one runs or is being started already, and waits until it is ready, without its place. Throws its
   * own error if it does not come up.
   */
  async start(): Promise<void> {
    const state = this.#state
    if (state.is === 'new') await this.#begin()
    if (state.is === 'starting') await state.started
    if (state.is === 'waiting') await this.#restart()
  }

  /** Takes over a process that runs, and has its place. */
  adopt(identity: ProcessIdentity): void {
    this.#isInPlace = true
    this.#watchFigures(identity)
    this.#run({ identity })
  }

  /** Gives the process its place: from now on links to it lead here. */
  takePlace(): void {
    this.#isInPlace = true
    const { name, runFolder } = this.#options
    if (this.pid !== undefined) this.#environment.putInPlace(runFolder, { name, pid: this.pid })
  }

  /**
   * Starts another process beside the one that runs, gives it the place, and retires the old one. Resolves to false, and leaves the
   * old one, as soon as the signal is aborted before the new one is ready. Throws if the new one does not come up; the old one then
   * continues to serve.
   */
  async recycle(preempted: AbortSignal): Promise<boolean> {
    const before = this.#running
    // A process that is being started is a new one anyway.
    if (before === undefined) return true
    const launched = this.#launch()
    const started = await Promise.race([launched, whenAborted(preempted)])
    if (started === undefined) {
      launched.then(
        (late) => this.#stop(late),
        () => undefined,
      )
      return false
    }
    // It has exited meanwhile and is being restarted, or is not looked after any more.
    if (this.#state !== before) this.#stop(started)
    else {
      this.#run(started)
      await this.#retire(before)
    }
    return true
  }

  /** Retires the process: it exits when its last client is done, and is not restarted. Resolves when it has been told. */
  async retire(): Promise<void> {
    const running = this.#release()
    if (running !== undefined) await this.#retire(running)
  }

  /** Leaves the process as it is, and looks after it no more. */
  detach(): void {
    this.#release()
  }

  /** Has the process answer what is in flight and exit; kills it if it does not. */
  async close(): Promise<void> {
    const running = this.#release()
    if (running !== undefined)
      await this.#environment.stop(running.identity, running.socketPath, this.#stopTimeoutMs)
  }

  /** Kills the process for good. */
  async kill(): Promise<void> {
    const running = this.#release()
    if (running !== undefined) await this.#environment.killAndWait(running.identity)
  }

  /** Kills the process, so that another one takes its place. */
  end(): void {
    if (this.#running !== undefined) this.#environment.kill(this.#running.identity)
  }

  /** Resolves when there is a process, or none will be, or after `timeoutMs`: one that has just exited is being restarted. */
  untilThere(timeoutMs: number): Promise<void> {
    const isDecided = (): boolean => this.#state.is === 'running' || this.#state.is === 'released'
    if (isDecided()) return Promise.resolve()
    return new Promise((resolve) => {
      const end = (): void => {
        cancel()
        this.#observers.delete(observe)
        resolve()
      }
      const observe = (): void => {
        if (isDecided()) end()
      }
      const cancel = this.#environment.after(timeoutMs, end)
      this.#observers.add(observe)
    })
  }

  /** Sends the process a command. Throws its own error, `link_closed` if there is none, or `timed_out`. */
  command(command: WorkerCommand | GatewayCommand, timeoutMs: number): Promise<unknown> {
    return sendCommand(this.socketPath ?? this.#socketOf(0), command, timeoutMs)
  }

  get #running(): Running | undefined {
    return this.#state.is === 'running' ? this.#state : undefined
  }

  get #stopTimeoutMs(): number {
    return maxStopMs(this.#options.config)
  }

  #socketOf(pid: number): string {
    const { name, runFolder } = this.#options
    return ownSocket(runFolder, { name, pid })
  }

  async #launch(): Promise<Started> {
    const { launcher, describeStart, log } = this.#options
    const start = await describeStart()
    const started = await launcher.launch(start)
    log('debug', `${this.label} is ready, as process ${started.identity.pid}`)
    this.#watchFigures(started.identity)
    this.#followLogLevel(started, start.logSettings?.logLevel)
    return started
  }

  #watchFigures(identity: ProcessIdentity): void {
    const { name, figures } = this.#options
    figures?.watch({ name, identity, socketPath: this.#socketOf(identity.pid) })
  }

  /** It may have been set while the process could not hear of it yet. */
  #followLogLevel({ identity }: Started, told: LogLevel | undefined): void {
    const { logSettings, log } = this.#options
    const { logLevel: level } = logSettings()
    if (told === undefined || level === told) return
    sendCommand(this.#socketOf(identity.pid), { do: 'setLogLevel', level }, logLevelTimeoutMs).catch(
      (error: unknown) => log('warning', `${this.label} logs as before: ${toMessage(error)}`),
    )
  }

  #retire({ identity, socketPath }: Running): Promise<void> {
    return this.#environment.retire(identity, socketPath, {
      timeoutMs: this.#options.config.http.keepAliveTimeoutMs + retireGraceMs,
      stopTimeoutMs: this.#stopTimeoutMs,
    })
  }

  /** Stops a process that is ready but not wanted any more, in the background: it may have a caller already. */
  #stop({ identity }: Started): void {
    const stopped = this.#environment.stop(identity, this.#socketOf(identity.pid), this.#stopTimeoutMs)
    void stopped.catch((error: unknown) => this.#options.log('error', toMessage(error)))
  }

  /** The only place where the state changes: what belonged to the one before ends with it. */
  #become(next: State): void {
    const before = this.#state
    if (before.is === 'running') before.watch.close()
    if (before.is === 'waiting') before.cancel()
    this.#state = next
    for (const observe of [...this.#observers]) observe()
  }

  /** Returns the process that runs, which nobody looks after from now on. */
  #release(): Running | undefined {
    const running = this.#running
    this.#become({ is: 'released' })
    return running
  }

  #run({ identity, exited }: Started): void {
    if (this.#state.is === 'released') {
      this.#stop({ identity })
      return
    }
    const { config, log } = this.#options
    const { hangTimeoutMs } = config
    const socketPath = this.#socketOf(identity.pid)
    const watch = this.#environment.watch({
      identity,
      socketPath,
      hangTimeoutMs,
      onHung: () => {
        log('error', `${this.label} has not responded for ${hangTimeoutMs / 1_000} s; killing it`)
        this.#environment.kill(identity)
      },
      onGone: () =>
        void (exited ?? Promise.resolve('it is gone')).then((reason) => this.#exited(identity, reason)),
    })
    this.#become({ is: 'running', identity, socketPath, watch, sinceMs: this.#environment.nowMs() })
    if (this.#isInPlace) this.takePlace()
  }

  #exited(identity: ProcessIdentity, reason: string): void {
    const running = this.#running
    if (running?.identity !== identity) return
    const { log, onDeath } = this.#options
    const delayMs = this.#restartDelay.next(this.#environment.nowMs() - running.sinceMs)
    this.#wait(delayMs)
    log('warning', `${this.label} exited (${reason}); restarting in ${delayMs} ms`)
    onDeath?.(`${this.label} exited: ${reason}`)
  }

  #wait(delayMs: number): void {
    const { log } = this.#options
    const restart = (): void => void this.#restart().catch((error: unknown) => log('error', toMessage(error)))
    this.#become({ is: 'waiting', cancel: this.#environment.after(delayMs, restart) })
  }

  /** Starts a process; if it does not come up, what had run before is tried again, and what is new is not. */
  #begin(): Promise<void> {
    const isNew = this.#state.is === 'new'
    const fail = (error: unknown): never => {
      if (this.#state === starting) {
        if (isNew) this.#become({ is: 'new' })
        else this.#wait(this.#restartDelay.next(undefined))
      }
      throw error
    }
    const starting: State = { is: 'starting', started: this.#launch().then((one) => this.#run(one), fail) }
    this.#become(starting)
    return starting.started
  }

  async #restart(): Promise<void> {
    const { name, log, onBack, figures } = this.#options
    this.#restarts++
    figures?.count('restarts', name)
    await this.#begin()
    // It may have been released while the process came up.
    if (this.#running === undefined) return
    log('info', `${this.label} is back`)
    onBack?.()
  }
}
