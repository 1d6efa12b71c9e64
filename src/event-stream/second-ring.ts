import type { WatchedSecond, WatchedTraffic } from '../contracts/index.ts'

export type RingLimits = {
  /** How many seconds are kept as they are. */
  readonly seconds: number
  /** How many seconds before those become one step. */
  readonly secondsPerStep: number
  /** How many steps are kept. */
  readonly steps: number
}

/** The last hour, of which five minutes in seconds. */
const usualLimits: RingLimits = { seconds: 300, secondsPerStep: 10, steps: 330 }

/** The figures of the last hour in little memory: older seconds are joined into steps, and the oldest steps are dropped. */
export class SecondRing {
  readonly #limits: RingLimits
  #seconds: WatchedSecond[] = []
  #steps: WatchedSecond[] = []

  constructor(limits = usualLimits) {
    this.#limits = limits
  }

  add(figures: WatchedSecond): void {
    const { seconds, secondsPerStep, steps } = this.#limits
    this.#seconds.push(figures)
    if (this.#seconds.length < seconds + secondsPerStep) return
    this.#steps.push(joinFigures(this.#seconds.slice(0, secondsPerStep)))
    this.#seconds = this.#seconds.slice(secondsPerStep)
    if (this.#steps.length > steps) this.#steps = this.#steps.slice(-steps)
  }

  /** Oldest first. */
  list(): WatchedSecond[] {
    return [...this.#steps, ...this.#seconds]
  }
}

/** Rates are averaged; of latencies and of what waits the highest counts, since averages hide what callers noticed. */
function joinFigures(parts: readonly WatchedSecond[]): WatchedSecond {
  const durationMs = parts.reduce((sum, part) => sum + part.durationMs, 0)
  const known = parts.filter(
    (part): part is WatchedSecond & { gateway: WatchedTraffic } => part.gateway !== null,
  )
  const knownMs = known.reduce((sum, part) => sum + part.durationMs, 0)
  const rate = (read: (figures: WatchedTraffic) => number): number =>
    known.reduce((sum, { gateway, durationMs }) => sum + read(gateway) * durationMs, 0) / knownMs
  const highest = (read: (figures: WatchedTraffic) => number | null): number | null =>
    known.reduce<number | null>((most, { gateway }) => {
      const value = read(gateway)
      return value === null ? most : Math.max(value, most ?? value)
    }, null)
  return {
    atMs: parts.at(-1)?.atMs ?? 0,
    durationMs,
    gateway:
      knownMs === 0
        ? null
        : {
            answeredPerSecond: rate(({ answeredPerSecond }) => answeredPerSecond),
            failedPerSecond: rate(({ failedPerSecond }) => failedPerSecond),
            refusedPerSecond: known.some(({ gateway }) => gateway.refusedPerSecond === null)
              ? null
              : rate(({ refusedPerSecond }) => refusedPerSecond ?? 0),
            p50Ms: highest(({ p50Ms }) => p50Ms),
            p99Ms: highest(({ p99Ms }) => p99Ms),
            inFlight: highest(({ inFlight }) => inFlight) ?? 0,
            waiting: highest(({ waiting }) => waiting),
          },
  }
}
