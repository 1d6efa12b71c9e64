import { setImmediate as nextTurn } from 'node:timers/promises'

import { SimulatedTime } from '../../../../harness/simulated-time.ts'
import type { ProcessIdentity } from '../../../run-folder/index.ts'
import type { Started } from '../launcher.ts'
import type { ProcessEnvironment } from '../process-environment.ts'
import type { WatchOptions } from '../process-watch.ts'

type Simulated = {
  readonly identity: ProcessIdentity
  readonly exited: Promise<string>
  readonly exit: (reason: string) => void
  isAlive: boolean
  hasHung: boolean
  isRetired: boolean
}

/** How long a simulated process takes to start. */
export const launchMs = 30

/** A machine whose processes start, hang and exit as they are told, in simulated time. */
export class SimulatedMachine {
  readonly time = new SimulatedTime()
  readonly #processes: Simulated[] = []
  readonly #watches = new Set<WatchOptions>()
  /** Whether a process that is started comes up. */
  canLaunch = true
  launches = 0
  /** The process id that the links of the place lead to. */
  inPlace: number | undefined

  readonly launcher = { launch: (): Promise<Started> => this.#launch() }

  readonly environment: ProcessEnvironment = {
    nowMs: () => this.time.nowMs,
    after: (delayMs, work) => this.time.after(delayMs, work),
    watch: (options) => this.#watch(options),
    putInPlace: (_, { pid }) => void (this.inPlace = pid),
    kill: ({ pid }) => this.#find(pid).exit('SIGKILL'),
    killAndWait: ({ pid }) => {
      this.#find(pid).exit('SIGKILL')
      return Promise.resolve()
    },
    stop: ({ pid }) => {
      this.#find(pid).exit('exit code 0')
      return Promise.resolve()
    },
    retire: ({ pid }) => {
      this.#find(pid).isRetired = true
      return Promise.resolve()
    },
  }

  /** The processes that live and have not been told that another one has their place. */
  get serving(): readonly number[] {
    return this.#processes.filter(({ isAlive, isRetired }) => isAlive && !isRetired).map(pidOf)
  }

  /** How many processes are watched. */
  get watched(): number {
    return this.#watches.size
  }

  /** A process that runs already, as one that an earlier supervisor has started. */
  foundProcess(): ProcessIdentity {
    return this.#create().identity
  }

  exit(reason: string): void {
    for (const one of this.#processes) if (one.isAlive && !one.isRetired) one.exit(reason)
  }

  hang(): void {
    for (const one of this.#processes) if (one.isAlive) one.hasHung = true
  }

  /** Lets time pass, and everything happen that follows. */
  async pass(durationMs: number): Promise<void> {
    const endMs = this.time.nowMs + durationMs
    for (;;) {
      await nextTurn()
      if (this.time.nowMs >= endMs) return
      this.time.pass(Math.min(10, endMs - this.time.nowMs))
    }
  }

  async #launch(): Promise<Started> {
    this.launches++
    await new Promise<void>((resolve) => void this.time.after(launchMs, resolve))
    if (!this.canLaunch) throw new Error('it did not start')
    const { identity, exited } = this.#create()
    return { identity, exited }
  }

  #create(): Simulated {
    const identity = { pid: this.#processes.length + 1, startTicks: 0 }
    let settle: (reason: string) => void = () => undefined
    const exited = new Promise<string>((resolve) => (settle = resolve))
    const process: Simulated = {
      identity,
      exited,
      exit: (reason) => {
        if (!process.isAlive) return
        process.isAlive = false
        settle(reason)
        for (const { identity: watched, onGone } of this.#watches)
          if (watched.pid === identity.pid) this.time.after(1, onGone)
      },
      isAlive: true,
      hasHung: false,
      isRetired: false,
    }
    this.#processes.push(process)
    return process
  }

  #watch(options: WatchOptions): ReturnType<ProcessEnvironment['watch']> {
    const process = this.#find(options.identity.pid)
    this.#watches.add(options)
    let silentMs = 0
    const stop = this.time.every(100, () => {
      silentMs = process.hasHung && process.isAlive ? silentMs + 100 : 0
      if (silentMs === options.hangTimeoutMs) options.onHung()
    })
    return {
      isHeard: true,
      close: () => {
        stop()
        this.#watches.delete(options)
      },
    }
  }

  #find(pid: number): Simulated {
    const found = this.#processes[pid - 1]
    if (found === undefined) throw new Error(`there is no process ${pid}`)
    return found
  }
}

function pidOf({ identity }: Simulated): number {
  return identity.pid
}
