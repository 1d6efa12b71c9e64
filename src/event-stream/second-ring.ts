import type { WatchedModelFigures, WatchedSecond, WatchedTraffic } from '../contracts/index.ts'

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
    models: joinModels(parts, durationMs),
    processes: [],
  }
}

/** Of older time the labels of the busiest models are enough. */
const maxModels = 5

function joinModels(parts: readonly WatchedSecond[], durationMs: number): WatchedModelFigures[] {
  const groups = new Map<string, { readonly figures: WatchedModelFigures; readonly share: number }[]>()
  for (const part of parts)
    for (const figures of part.models) {
      const key = JSON.stringify([figures.model, figures.version])
      groups.set(key, [...(groups.get(key) ?? []), { figures, share: part.durationMs / durationMs }])
    }
  return [...groups.values()]
    .map(joinModel)
    .sort((a, b) => b.predictionsPerSecond - a.predictionsPerSecond)
    .slice(0, maxModels)
}

function joinModel(
  seconds: readonly { readonly figures: WatchedModelFigures; readonly share: number }[],
): WatchedModelFigures {
  const labels = new Map<string, number>()
  let [predictions, other, confidence, unknown] = [0, 0, 0, 0]
  for (const { figures, share } of seconds) {
    const { predictionsPerSecond, otherPerSecond, meanConfidence, unknownWordShare } = figures
    predictions += predictionsPerSecond * share
    other += otherPerSecond * share
    confidence += (meanConfidence ?? 0) * predictionsPerSecond * share
    unknown += (unknownWordShare ?? 0) * predictionsPerSecond * share
    for (const [label, perSecond] of figures.labels)
      labels.set(label, (labels.get(label) ?? 0) + perSecond * share)
  }
  const sorted = [...labels].sort(([, a], [, b]) => b - a)
  const { model, version } = (seconds[0] as (typeof seconds)[number]).figures
  return {
    ...{ model, version, predictionsPerSecond: predictions },
    ...{ meanConfidence: confidence / predictions, unknownWordShare: unknown / predictions },
    labels: sorted.slice(0, maxLabels),
    otherPerSecond: sorted.slice(maxLabels).reduce((sum, [, perSecond]) => sum + perSecond, other),
  }
}

const maxLabels = 6
