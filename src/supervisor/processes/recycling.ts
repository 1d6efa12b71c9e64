import type { Config } from '../../config/schema/index.ts'
import type { Log, WorkerStatus } from '../../contracts/index.ts'
import { toMessage } from '../../contracts/index.ts'
import type { Mutex } from '../mutex.ts'
import type { InstanceProcesses } from './instance-processes.ts'
import type { ManagedProcess } from './managed-process.ts'

type Limits = Pick<Config, 'maxRequests' | 'maxRequestsJitter'>

export type RecyclingOptions = {
  readonly config: () => Limits
  readonly instances: () => readonly InstanceProcesses[]
  readonly busy: Mutex
  /** From 0 to below 1, as Math.random. */
  readonly random: () => number
  readonly log: Log
}

const lookMs = 1_000

/** Replaces workers that have answered as many requests as they may: one at a time, and not during a rollout or a reload. */
export class Recycling {
  readonly #options: RecyclingOptions
  /** How many answers the process that has a place may give; another one there has another limit. */
  readonly #limits = new WeakMap<ManagedProcess, { readonly pid: number; readonly answers: number }>()
  #timer: NodeJS.Timeout | undefined
  #isLooking = false

  constructor(options: RecyclingOptions) {
    this.#options = options
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.#look(), lookMs)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #look(): Promise<void> {
    const { config, instances } = this.#options
    if (this.#isLooking || config().maxRequests === 0) return
    this.#isLooking = true
    for (const instance of instances())
      for (const [index, status] of (await instance.statuses()).entries()) {
        const process = instance.processes[index]
        if (process !== undefined && status !== null) await this.#renewWorn(process, status)
      }
    this.#isLooking = false
  }

  async #renewWorn(process: ManagedProcess, { pid, answered }: WorkerStatus): Promise<void> {
    const { config, busy, random, log } = this.#options
    const limit = this.#limits.get(process)
    // From what it has answered by now, so that one that was adopted is not renewed at once.
    const draw = (): void =>
      void this.#limits.set(process, { pid, answers: answered + drawLimit(config(), random) })
    if (limit?.pid !== pid) draw()
    if (limit?.pid !== pid || answered < limit.answers) return
    try {
      await busy.runInBackground(async (preempted) => {
        log('info', `${process.label} reached maxRequests after ${answered} requests; replacing it`)
        if (await process.recycle(preempted)) return
        log('info', `${process.label} is replaced later: ${String(preempted.reason)} has priority`)
      })
    } catch (error) {
      log('error', `${process.label} could not be replaced and stays: ${toMessage(error)}`)
      draw()
    }
  }
}

/** After how many more answers a worker is replaced. */
export function drawLimit({ maxRequests, maxRequestsJitter }: Limits, random: () => number): number {
  return maxRequests + Math.floor(random() * (maxRequestsJitter + 1))
}
