import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'

import { ChangeoverError } from '../contracts/index.ts'
import type { GatewayStart, Log, StartResult, WorkerStart } from '../contracts/index.ts'

export type ManagedProcessOptions = {
  /** How the process is called in the log: `primary 0`. */
  readonly name: string
  /** The module that the process runs. */
  readonly entry: string
  readonly listeningSocket: unknown
  readonly log: Log
  /** What the process is told when it starts; asked anew at each start. */
  readonly describeStart: () => WorkerStart | GatewayStart
  readonly onReady?: () => void
  readonly onDeath?: (reason: string) => void
}

const firstDelayMs = 50
const longestDelayMs = 5_000
const startTimeoutMs = 60_000
const stopTimeoutMs = 15_000

/** A process that lived this long starts its backoff anew. */
const steadyMs = 10_000

/** A child process that is started again, with backoff, whenever it ends by itself. It outlives a supervisor that is killed. */
export class ManagedProcess {
  readonly #options: ManagedProcessOptions
  #child: ChildProcess | undefined
  #failures = 0
  #restarts = 0
  #restartTimer: NodeJS.Timeout | undefined
  #closing: Promise<void> | undefined

  constructor(options: ManagedProcessOptions) {
    this.#options = options
  }

  get restarts(): number {
    return this.#restarts
  }

  /** Starts the process and waits until it is ready; throws its own error where it does not come up this first time. */
  async start(): Promise<void> {
    await this.#spawn()
  }

  /** Has the process answer what is under way and end; kills it where it does not. */
  close(): Promise<void> {
    this.#closing ??= this.#stop()
    return this.#closing
  }

  async #spawn(): Promise<void> {
    const { entry, listeningSocket, describeStart, onReady } = this.#options
    const child = fork(entry, {
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: [],
    })
    this.#child = child
    const startedAtMs = Date.now()
    const ready = waitUntilReady(child, this.#options.name)
    child.once('exit', (code, signal) => this.#ended(signal ?? `exit code ${code ?? 'unknown'}`, startedAtMs))
    child.send(describeStart(), listeningSocket as never)
    await ready
    child.disconnect()
    onReady?.()
  }

  #ended(reason: string, startedAtMs: number): void {
    this.#child = undefined
    if (this.#closing !== undefined) return
    const { name, log, onDeath } = this.#options
    if (Date.now() - startedAtMs > steadyMs) this.#failures = 0
    const delayMs = Math.min(firstDelayMs * 2 ** this.#failures, longestDelayMs)
    this.#failures++
    log('warning', `the ${name} ended (${reason}); starting it again in ${delayMs} ms`)
    onDeath?.(`the ${name} ended: ${reason}`)
    this.#restartTimer = setTimeout(() => void this.#restart(), delayMs)
  }

  async #restart(): Promise<void> {
    this.#restarts++
    try {
      await this.#spawn()
      this.#options.log('info', `the ${this.#options.name} is back`)
    } catch (error) {
      this.#options.log('error', error instanceof Error ? error.message : String(error))
      this.#child?.kill('SIGKILL')
    }
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#restartTimer)
    const child = this.#child
    if (child === undefined) return
    const exited = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    const kill = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
    await exited
    clearTimeout(kill)
  }
}

function waitUntilReady(child: ChildProcess, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (message: string): void => {
      clearTimeout(timer)
      reject(new ChangeoverError('start_failed', message))
    }
    const timer = setTimeout(
      () => fail(`the ${name} was not ready within ${startTimeoutMs / 1_000} s`),
      startTimeoutMs,
    )
    child.once('exit', (code, signal) =>
      fail(`the ${name} ended before it was ready: ${signal ?? `exit code ${code ?? 0}`}`),
    )
    child.once('error', (error) => fail(`the ${name} could not be started: ${error.message}`))
    child.once('message', (result) => {
      const { ready, ...rest } = result as StartResult
      clearTimeout(timer)
      if (ready) resolve()
      else if ('error' in rest) reject(new ChangeoverError(rest.error.code, rest.error.message))
    })
  })
}
