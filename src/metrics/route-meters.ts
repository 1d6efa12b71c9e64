import type { PortFigures, RouteFigures } from '../contracts/index.ts'
import { LatencyHistogram } from './latency-histogram.ts'

/** One for each class of status, by its first digit. */
const classCount = 6

/** Counts the answers to the requests of a route that were answered by the same. */
class RouteMeter {
  readonly answers = new Float64Array(classCount)
  readonly durations = new LatencyHistogram()

  answered(status: number, durationMs: number): void {
    const index = Math.min(classCount - 1, Math.floor(status / 100))
    this.answers[index] = (this.answers[index] ?? 0) + 1
    this.durations.add(durationMs)
  }
}

/** The meters of a route, by who answers. */
export type MetersOfRoute<By extends string> = {
  readonly answered: (by: By, status: number, durationMs: number) => void
}

/** Counts answers by route, by who gave them, and by class of status. Whoever counts keeps the meters of its route, and looks nothing up. */
export class RouteMeters<By extends string> {
  readonly #routes = new Map<string, { method: string; path: string; meters: Map<By, RouteMeter> }>()

  /** The meters of a route; the same ones for the same route, also after it was gone. */
  of(method: string, path: string): MetersOfRoute<By> {
    const key = `${method} ${path}`
    const known = this.#routes.get(key)
    const { meters } = known ?? { meters: new Map<By, RouteMeter>() }
    if (known === undefined) this.#routes.set(key, { method, path, meters })
    return {
      answered: (by, status, durationMs) => {
        let meter = meters.get(by)
        if (meter === undefined) meters.set(by, (meter = new RouteMeter()))
        meter.answered(status, durationMs)
      },
    }
  }

  get figures(): RouteFigures<By>[] {
    return [...this.#routes.values()].flatMap(({ method, path, meters }) =>
      [...meters].map(([by, { answers, durations }]) => ({
        method,
        path,
        by,
        answers: [...answers],
        durations: durations.toFigures(),
      })),
    )
  }

  /** What was answered by `by`, of all routes. */
  sum(by: By): PortFigures {
    const sum = new LatencyHistogram()
    let failed = 0
    for (const { meters } of this.#routes.values()) {
      const meter = meters.get(by)
      if (meter === undefined) continue
      sum.merge(meter.durations)
      failed += meter.answers[5] ?? 0
    }
    return { failed, latency: sum.toBuckets() }
  }
}
