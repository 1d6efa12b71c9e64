import type {
  InstanceName,
  ModelFigures,
  Quantiles,
  RouteFigures,
  SecondFigures,
  StackFigures,
  TallyName,
} from '../contracts/index.ts'
import { keyOfVersion, pastName } from './counters.ts'
import { LatencyHistogram } from './latency-histogram.ts'

const classCount = 6

/** What happened between two figures of a stack. */
export function differenceOf(before: StackFigures, now: StackFigures, durationMs: number): SecondFigures {
  return {
    atMs: now.atMs,
    durationMs,
    gateway: differenceOfGateway(before, now),
    instances: {
      primary: differenceOfInstance('primary', before, now),
      backup: differenceOfInstance('backup', before, now),
    },
    models: differenceOfModels(before, now),
    processes: now.living.map(({ process, pid, usage, openFiles }) => {
      const cpuMs = tallyOf(now, 'cpuMs', process) - tallyOf(before, 'cpuMs', process)
      const { rssBytes, heapBytes, delay } = usage
      const restarts = tallyOf(now, 'restarts', process)
      return { process, pid, cpuShare: cpuMs / durationMs, rssBytes, heapBytes, delay, openFiles, restarts }
    }),
  }
}

function differenceOfGateway(before: StackFigures, now: StackFigures): SecondFigures['gateway'] {
  const gateways = now.living.flatMap(({ gateway }) => gateway ?? [])
  const [current] = gateways
  if (current === undefined) return null
  const counted = (name: keyof typeof current.counts): number | null =>
    current.counts[name] === undefined ? null : tallyOf(now, name) - tallyOf(before, name)
  const isCounted = current.queued !== undefined
  const ofInstances = ({ by }: RouteFigures): boolean => by !== 'gateway'
  const answersBy = (by: string): number[] =>
    differenceOfAnswers(
      before.totals.gateway.filter((route) => route.by === by),
      now.totals.gateway.filter((route) => route.by === by),
    )
  return {
    ...quantilesOf(before.totals.gateway.filter(ofInstances), now.totals.gateway.filter(ofInstances)),
    answers: isCounted
      ? { primary: answersBy('primary'), backup: answersBy('backup'), gateway: answersBy('gateway') }
      : null,
    queued: isCounted ? gateways.reduce((sum, { queued = 0 }) => sum + queued, 0) : null,
    retried: counted('retried'),
    hedged: counted('hedged'),
    refused: counted('refused'),
    lost: counted('lost'),
    abandoned: counted('abandoned'),
  }
}

function differenceOfInstance(
  name: InstanceName,
  before: StackFigures,
  now: StackFigures,
): SecondFigures['instances'][InstanceName] {
  const workers = now.living.flatMap(({ worker }) => (worker?.instance === name ? [worker] : []))
  const [routesBefore, routesNow] = [before.totals.workers[name], now.totals.workers[name]]
  return {
    ...quantilesOf(routesBefore, routesNow),
    answers: differenceOfAnswers(routesBefore, routesNow),
    inFlight: workers.reduce((sum, { inFlight }) => sum + inFlight, 0),
    workers: workers.length,
  }
}

function differenceOfModels(before: StackFigures, now: StackFigures): SecondFigures['models'] {
  const served = new Set(now.living.flatMap(({ worker }) => worker?.served ?? []).map(keyOfVersion))
  const past = new Map(before.totals.models.map((one) => [keyOfVersion(one), one]))
  const counted = new Map(now.totals.models.map((one) => [keyOfVersion(one), one]))
  const asked = now.living
    .flatMap(({ worker }) => worker?.served ?? [])
    .filter((one) => !counted.has(keyOfVersion(one)))
    .map(({ model, version }) => ({ ...nothing, model, version }))
  const unasked = new Map(asked.map((one) => [keyOfVersion(one), one]))
  return [...counted.values(), ...unasked.values()].flatMap((one) => {
    if (one.version === pastName) return []
    const since = past.get(keyOfVersion(one)) ?? nothing
    const isServed = served.has(keyOfVersion(one))
    const predictions = one.predictions - since.predictions
    if (!isServed && predictions === 0) return []
    const words = one.words - since.words
    const labelsBefore = new Map(since.labels)
    const labels = one.labels
      .map(([label, count]) => [label, count - (labelsBefore.get(label) ?? 0)] as const)
      .filter(([, count]) => count > 0)
    const labelled = predictions - (labels.find(([label]) => label === noLabel)?.[1] ?? 0)
    return {
      model: one.model,
      version: one.version,
      isServed,
      predictions,
      withoutKnownWord: one.withoutKnownWord - since.withoutKnownWord,
      labels,
      meanConfidence: labelled === 0 ? null : (one.confidence - since.confidence) / labelled,
      unknownWordShare: words === 0 ? null : (one.unknownWords - since.unknownWords) / words,
    }
  })
}

/** What a text without a single known feature counts as. */
export const noLabel = '(none)'

const nothing: ModelFigures = {
  model: '',
  version: '',
  predictions: 0,
  withoutKnownWord: 0,
  words: 0,
  unknownWords: 0,
  confidence: 0,
  labels: [],
}

function tallyOf({ totals }: StackFigures, name: TallyName, process?: string): number {
  const isWanted = (labels: readonly string[]): boolean => process === undefined || labels[0] === process
  const found = totals.tallies.filter((tally) => tally.name === name && isWanted(tally.labels))
  return found.reduce((sum, { count }) => sum + count, 0)
}

function differenceOfAnswers(before: readonly RouteFigures[], now: readonly RouteFigures[]): number[] {
  const sum = (routes: readonly RouteFigures[], status: number): number =>
    routes.reduce((total, { answers }) => total + (answers[status] ?? 0), 0)
  return Array.from({ length: classCount }, (_, status) => sum(now, status) - sum(before, status))
}

function quantilesOf(before: readonly RouteFigures[], now: readonly RouteFigures[]): Quantiles {
  const keyOf = ({ method, path, by }: RouteFigures): string => `${method} ${path} ${by}`
  const past = new Map(before.map((route) => [keyOf(route), route.durations.buckets]))
  const between = new LatencyHistogram()
  for (const route of now) between.addSince(past.get(keyOf(route)) ?? [], route.durations.buckets)
  const [p50Ms, p95Ms, p99Ms] = [0.5, 0.95, 0.99].map((q) => between.quantile(q)) as [
    number | null,
    number | null,
    number | null,
  ]
  return { p50Ms, p95Ms, p99Ms }
}
