import { monitorEventLoopDelay, performance } from 'node:perf_hooks'

import type { ProcessUsage } from '../contracts/index.ts'

/** How often the lateness of the event loop is measured. */
const resolutionMs = 20

/** Measures what this process uses of its machine. */
export class UsageMeter {
  /** Its samples are the times between two looks, in ns. */
  readonly #looks = monitorEventLoopDelay({ resolution: resolutionMs })

  constructor() {
    this.#looks.enable()
  }

  /** The use now; delays are those since the last call. */
  take(): ProcessUsage {
    const { user, system } = process.cpuUsage()
    const { heapUsed, rss } = process.memoryUsage()
    const delay = {
      p50Ms: toDelayMs(this.#looks.percentile(50)),
      p99Ms: toDelayMs(this.#looks.percentile(99)),
      maxMs: toDelayMs(this.#looks.max),
    }
    const isEmpty = this.#looks.count === 0
    this.#looks.reset()
    return {
      cpuMs: (user + system) / 1_000,
      busyMs: performance.eventLoopUtilization().active,
      rssBytes: rss,
      heapBytes: heapUsed,
      delay: isEmpty ? { p50Ms: 0, p99Ms: 0, maxMs: 0 } : delay,
    }
  }

  close(): void {
    this.#looks.disable()
  }
}

function toDelayMs(betweenNs: number): number {
  return Math.max(0, betweenNs / 1e6 - resolutionMs)
}
