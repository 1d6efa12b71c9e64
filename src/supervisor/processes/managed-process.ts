import { setTimeout as sleep } from 'node:timers/promises'

import type { Config } from '../../config/schema/index.ts'
import { longestStopMs } from '../../config/schema/index.ts'
import type { GatewayCommand, Log, ProcessStart, WorkerCommand } from '../../contracts/index.ts'
import { toMessage } from '../../contracts/index.ts'
import { sendCommand } from '../../ipc/index.ts'
import { ownSocket, putInPlace } from '../../process/index.ts'
import type { ProcessIdentity } from '../../run-folder/index.ts'
import { isAlive, kill } from '../../run-folder/index.ts'
import type { Launcher, Started } from './launcher.ts'
import { ProcessWatch } from './process-watch.ts'

export type ManagedProcessOptions = {
  /** Its place in the stack: `primary-0`. */
  readonly name: string
  readonly runFolder: string
  readonly launcher: Pick<Launcher, 'launch'>
  readonly config: Pick<Config, 'hangTimeoutMs' | 'stopTimeoutMs' | 'http'>
  readonly log: Log
  /** What the process is told when it starts; asked anew at each start. */
  readonly describeStart: () => ProcessStart | Promise<ProcessStart>
  /** A process that has come back serves. */
  readonly onBack?: () => void
  readonly onDeath?: (reason: string) => void
}

const firstDelayMs = 50
/** Shorter than callers wait: a request that killed a worker waits for another than the last one (gateway.answerTimeoutMs). */
const longestDelayMs = 2_000
const commandTimeoutMs = 1_000
const lookMs = 20

/** What a client that is answered may still take after the longest that an idle one may. */
const retireGraceMs = 60_000

/** A process that lived this long starts its backoff anew. */
const steadyMs = 10_000

type Current = Started & { readonly watch: ProcessWatch; readonly sinceMs: number }

/**
 * A process of the stack in its place: started, or adopted from a supervisor before; ended where it hangs, and started again,
 * with backoff, whenever it ends by itself. It outlives a supervisor that is killed.
 */
export class ManagedProcess {
  readonly #options: ManagedProcessOptions
  #current: Current | undefined
  #isInPlace = false
  #failures = 0
  #restarts = 0
  #restartTimer: NodeJS.Timeout | undefined
  #isOver = false

  constructor(options: ManagedProcessOptions) {
    this.#options = options
  }

  get name(): string {
    return this.#options.name
  }

  get pid(): number | undefined {
    return this.#current?.identity.pid
  }

  /** Whether the process has answered a moment ago. */
  get isHeard(): boolean {
    return this.#current?.watch.isHeard === true
  }

  get restarts(): number {
    return this.#restarts
  }

  /** Where the process can be asked; undefined while there is none. */
  get socketPath(): string | undefined {
    const { name, runFolder } = this.#options
    return this.pid === undefined ? undefined : ownSocket(runFolder, { name, pid: this.pid })
  }

  /** `primary 0`: how people read it. */
  get label(): string {
    return this.#options.name.replace('-', ' ')
  }

  /** Starts the process and waits until it is ready, without its place. Throws its own error where it does not come up. */
  async start(): Promise<void> {
    const { launcher, describeStart } = this.#options
    this.#watch(await launcher.launch(await describeStart()))
  }

  /** Takes over a process that runs, and has its place. */
  adopt(identity: ProcessIdentity): void {
    this.#isInPlace = true
    this.#watch({ identity })
  }

  /** Gives the process its place: from now on links to it lead here. */
  takePlace(): void {
    this.#isInPlace = true
    const { name, runFolder } = this.#options
    if (this.pid !== undefined) putInPlace(runFolder, { name, pid: this.pid })
  }

  /**
   * Starts another process beside the one that runs, gives it the place, and has the old one end when its last client is done.
   * Throws where the new one does not come up; the old one serves on then.
   */
  async recycle(): Promise<void> {
    const { launcher, describeStart } = this.#options
    const before = this.#current
    const socketPath = this.socketPath
    const started = await launcher.launch(await describeStart())
    if (before === undefined || socketPath === undefined || this.#current !== before) {
      kill(started.identity)
      return
    }
    before.watch.close()
    this.#watch(started)
    await this.#retire(before.identity, socketPath)
  }

  /**
   * Has the process end when its last client is done, as another one has its place; it is not started again. Resolves when it
   * has heard. One that has not ended long after its last client should have been is stopped.
   */
  async retire(): Promise<void> {
    const identity = this.#current?.identity
    const socketPath = this.#leave()
    if (identity !== undefined && socketPath !== undefined) await this.#retire(identity, socketPath)
  }

  /** Looks after the process no more, and leaves it as it is. */
  detach(): void {
    this.#leave()
  }

  /** Has the process answer what is under way and end; kills it where it does not. */
  async close(): Promise<void> {
    const identity = this.#current?.identity
    const socketPath = this.#leave()
    if (identity !== undefined && socketPath !== undefined)
      await stopProcess(identity, socketPath, this.#longestStopMs)
  }

  /** Ends the process at once, for good. */
  async kill(): Promise<void> {
    const identity = this.#current?.identity
    this.#leave()
    if (identity === undefined) return
    kill(identity)
    while (isAlive(identity)) await sleep(lookMs)
  }

  /** Ends the process at once, so that another one takes its place. */
  end(): void {
    if (this.#current !== undefined) kill(this.#current.identity)
  }

  /** Resolves when there is a process, or after `timeoutMs`: one that has just ended is being started again. */
  async untilThere(timeoutMs: number): Promise<void> {
    const endMs = performance.now() + timeoutMs
    while (this.pid === undefined && !this.#isOver && performance.now() < endMs) await sleep(lookMs)
  }

  /** Sends the process a command. Throws its own error, `link_closed` where there is none, or `timed_out`. */
  command(command: WorkerCommand | GatewayCommand, timeoutMs: number): Promise<unknown> {
    const { name, runFolder } = this.#options
    return sendCommand(this.socketPath ?? ownSocket(runFolder, { name, pid: 0 }), command, timeoutMs)
  }

  get #longestStopMs(): number {
    return longestStopMs(this.#options.config)
  }

  async #retire(identity: ProcessIdentity, socketPath: string): Promise<void> {
    await sendCommand(socketPath, { do: 'retire' }, commandTimeoutMs).catch(() => undefined)
    const stop = (): void =>
      void (isAlive(identity) && stopProcess(identity, socketPath, this.#longestStopMs))
    setTimeout(stop, this.#options.config.http.keepAliveTimeoutMs + retireGraceMs).unref()
  }

  #leave(): string | undefined {
    const { socketPath } = this
    this.#isOver = true
    clearTimeout(this.#restartTimer)
    this.#current?.watch.close()
    this.#current = undefined
    return socketPath
  }

  #watch(started: Started): void {
    const { name, runFolder, config, log } = this.#options
    const { hangTimeoutMs } = config
    const { identity } = started
    if (this.#isOver) {
      kill(identity)
      return
    }
    const watch = new ProcessWatch({
      identity,
      socketPath: ownSocket(runFolder, { name, pid: identity.pid }),
      hangTimeoutMs,
      onHung: () => {
        log('error', `${this.label} has not responded for ${hangTimeoutMs / 1_000} s; killing it`)
        kill(identity)
      },
      onGone: () =>
        void (started.exited ?? Promise.resolve('it is gone')).then((reason) =>
          this.#ended(identity, reason),
        ),
    })
    this.#current = { ...started, watch, sinceMs: performance.now() }
    if (this.#isInPlace) this.takePlace()
  }

  #ended(identity: ProcessIdentity, reason: string): void {
    if (this.#current?.identity !== identity) return
    const { log, onDeath } = this.#options
    if (performance.now() - this.#current.sinceMs > steadyMs) this.#failures = 0
    this.#current = undefined
    const delayMs = this.#startAgain()
    log('warning', `${this.label} exited (${reason}); restarting in ${delayMs} ms`)
    onDeath?.(`${this.label} exited: ${reason}`)
  }

  /** Returns how long that will be from now. */
  #startAgain(): number {
    const delayMs = Math.min(firstDelayMs * 2 ** this.#failures, longestDelayMs)
    this.#failures++
    this.#restartTimer = setTimeout(() => void this.#restart(), delayMs)
    return delayMs
  }

  async #restart(): Promise<void> {
    const { log, onBack } = this.#options
    this.#restarts++
    try {
      await this.start()
      log('info', `${this.label} is back`)
      onBack?.()
    } catch (error) {
      log('error', toMessage(error))
      if (!this.#isOver) this.#startAgain()
    }
  }
}

/** Has a process answer what is under way and end; kills it where it has not after `longestMs`. */
export async function stopProcess(
  identity: ProcessIdentity,
  socketPath: string,
  longestMs: number,
): Promise<void> {
  if (!isAlive(identity)) return
  await sendCommand(socketPath, { do: 'stop' }, commandTimeoutMs).catch(() => undefined)
  const endMs = performance.now() + longestMs
  while (isAlive(identity)) {
    if (performance.now() > endMs) kill(identity)
    await sleep(lookMs)
  }
}
