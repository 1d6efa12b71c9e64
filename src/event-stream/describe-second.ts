import type { SecondFigures, WatchedModelFigures, WatchedSecond, WatchedTraffic } from '../contracts/index.ts'

const maxModels = 20
const maxLabels = 6
const maxLabelCharacters = 200
/** As the figures name what is not listed by its label. */
const otherLabels = 'other'

/** The figures of a second as rates, of the busiest models: with a thousand of them a line would be long, for every reader, each second. */
export function describeSecond(second: SecondFigures): WatchedSecond {
  const { atMs, durationMs, models, processes } = second
  const perSecond = 1_000 / Math.max(1, durationMs)
  return {
    atMs,
    durationMs,
    gateway: describeTraffic(second, perSecond),
    models: models
      .filter(({ predictions }) => predictions > 0)
      .toSorted((a, b) => b.predictions - a.predictions)
      .slice(0, maxModels)
      .map((model) => describeModel(model, perSecond)),
    processes: processes.map(({ process, pid, cpuShare, rssBytes }) => ({
      process,
      pid,
      cpuShare,
      rssBytes,
    })),
  }
}

function describeTraffic({ gateway, instances }: SecondFigures, perSecond: number): WatchedTraffic | null {
  if (gateway === null) return null
  const { p50Ms, p99Ms, queued, refused } = gateway
  // nginx does not tell what it answers; its workers do.
  const byClass =
    gateway.answers === null
      ? Object.values(instances).map(({ answers }) => answers)
      : Object.values(gateway.answers)
  return {
    answeredPerSecond: sum(byClass.map(sum)) * perSecond,
    failedPerSecond: sum(byClass.map((answers) => answers[5] ?? 0)) * perSecond,
    refusedPerSecond: refused === null ? null : refused * perSecond,
    p50Ms,
    p99Ms,
    inFlight: sum(Object.values(instances).map(({ inFlight }) => inFlight)),
    waiting: queued,
  }
}

function describeModel(
  { model, version, predictions, labels, meanConfidence, unknownWordShare }: SecondFigures['models'][number],
  perSecond: number,
): WatchedModelFigures {
  const named = labels.filter(([label]) => label !== otherLabels).toSorted(([, a], [, b]) => b - a)
  const shown = named.slice(0, maxLabels)
  const rest = sum(labels.map(([, count]) => count)) - sum(shown.map(([, count]) => count))
  return {
    model,
    version,
    predictionsPerSecond: predictions * perSecond,
    meanConfidence,
    unknownWordShare,
    labels: shown
      .filter(([, count]) => count > 0)
      .map(([label, count]) => [label.slice(0, maxLabelCharacters), count * perSecond]),
    otherPerSecond: rest * perSecond,
  }
}

function sum(values: readonly (number | undefined)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0)
}
