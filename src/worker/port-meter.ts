import type { PortFigures } from '../contracts/index.ts'
import { LatencyHistogram } from '../metrics/index.ts'

/** Counts what a worker answers on its own HTTP port. */
export class PortMeter {
  readonly #latency = new LatencyHistogram()
  #failed = 0

  get figures(): PortFigures {
    return { failed: this.#failed, latency: this.#latency.toBuckets() }
  }

  answered(status: number, durationMs: number): void {
    this.#latency.add(durationMs)
    if (status >= 500) this.#failed++
  }
}
