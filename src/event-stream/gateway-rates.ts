import type { GatewayStatus, WatchedTraffic } from '../contracts/index.ts'

type Counted = {
  readonly pid: number
  readonly atMs: number
  readonly answered: number
  readonly failed: number
  readonly refused: number
}

/** Makes rates of what a gateway has counted since it started. */
export class GatewayRates {
  #before: Counted | undefined

  /** Null at first, and when another gateway has begun to count. */
  take(status: GatewayStatus, nowMs: number): WatchedTraffic | null {
    const { pid, latest, waiting, refused, instances } = status
    const sum = (read: (one: { answered: number; failed: number; inFlight: number }) => number): number =>
      Object.values(instances).reduce((total, one) => total + read(one), 0)
    const now: Counted = {
      pid,
      atMs: nowMs,
      answered: sum(({ answered }) => answered),
      failed: sum(({ failed }) => failed),
      refused: refused ?? 0,
    }
    const before = this.#before
    this.#before = now
    if (before?.pid !== pid || nowMs <= before.atMs) return null
    const rate = (key: 'answered' | 'failed' | 'refused'): number =>
      Math.max(0, now[key] - before[key]) / ((nowMs - before.atMs) / 1_000)
    return {
      answeredPerSecond: rate('answered'),
      failedPerSecond: rate('failed'),
      refusedPerSecond: refused === null ? null : rate('refused'),
      p50Ms: latest.p50Ms,
      p99Ms: latest.p99Ms,
      inFlight: sum(({ inFlight }) => inFlight),
      waiting,
    }
  }
}
