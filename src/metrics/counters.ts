import type { Counters, DurationFigures, ModelFigures, RouteFigures, Tally } from '../contracts/index.ts'

/** What labels are counted under that have no count of their own. */
export const otherName = 'other'

/**
 * What versions and models are counted under that were served long ago. No version and no model can have this name. It carries
 * totals and is told to nobody: what is folded into it would look like a burst of traffic.
 */
export const pastName = '(past)'

/** Labels of a version that have counts of their own. */
export const maxLabels = 30

export const noCounters: Counters = {
  gateway: [],
  workers: { primary: [], backup: [] },
  models: [],
  tallies: [],
}

/** The sum: what all of them have counted. */
export function addCounters(all: readonly Counters[]): Counters {
  return {
    gateway: addRoutes(all.flatMap(({ gateway }) => gateway)),
    workers: {
      primary: addRoutes(all.flatMap(({ workers }) => workers.primary)),
      backup: addRoutes(all.flatMap(({ workers }) => workers.backup)),
    },
    models: addModels(all.flatMap(({ models }) => models)),
    tallies: addTallies(all.flatMap(({ tallies }) => tallies)),
  }
}

/** What a version is known by. */
export function keyOfVersion({ model, version }: Pick<ModelFigures, 'model' | 'version'>): string {
  return `${model}\n${version}`
}

function addRoutes<By extends string>(routes: readonly RouteFigures<By>[]): RouteFigures<By>[] {
  return addByKey(routes, ({ method, path, by }) => `${method} ${path} ${by}`, addRoute)
}

function addRoute<By extends string>(a: RouteFigures<By>, b: RouteFigures<By>): RouteFigures<By> {
  return {
    ...a,
    answers: Array.from(
      { length: Math.max(a.answers.length, b.answers.length) },
      (_, i) => (a.answers[i] ?? 0) + (b.answers[i] ?? 0),
    ),
    durations: addDurations(a.durations, b.durations),
  }
}

function addDurations(a: DurationFigures, b: DurationFigures): DurationFigures {
  const counts = new Map(a.buckets)
  for (const [bucket, count] of b.buckets) counts.set(bucket, (counts.get(bucket) ?? 0) + count)
  return { sumMs: a.sumMs + b.sumMs, buckets: [...counts] }
}

/** The figures of the same version become one. */
export function addModels(models: readonly ModelFigures[]): ModelFigures[] {
  return addByKey(models, keyOfVersion, addModel)
}

function addModel(a: ModelFigures, b: ModelFigures): ModelFigures {
  return {
    ...a,
    predictions: a.predictions + b.predictions,
    withoutKnownWord: a.withoutKnownWord + b.withoutKnownWord,
    words: a.words + b.words,
    unknownWords: a.unknownWords + b.unknownWords,
    confidence: a.confidence + b.confidence,
    labels: addLabels(a.labels, b.labels),
  }
}

/** Labels that would be too many are counted as `other`; those that have a count of their own keep it. */
function addLabels(a: ModelFigures['labels'], b: ModelFigures['labels']): ModelFigures['labels'] {
  const counts = new Map(a)
  for (const [label, count] of b) {
    // And two more, for `other` and for texts that have none.
    const name = counts.has(label) || counts.size < maxLabels + 2 ? label : otherName
    counts.set(name, (counts.get(name) ?? 0) + count)
  }
  return [...counts]
}

/** Tallies of the same name and labels become one. */
export function addTallies(tallies: readonly Tally[]): Tally[] {
  return addByKey(
    tallies,
    ({ name, labels }) => [name, ...labels].join('\n'),
    (a, b) => ({ ...a, count: a.count + b.count }),
  )
}

function addByKey<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  add: (a: Item, b: Item) => Item,
): Item[] {
  const sums = new Map<string, Item>()
  for (const item of items) {
    const key = keyOf(item)
    const before = sums.get(key)
    sums.set(key, before === undefined ? item : add(before, item))
  }
  return [...sums.values()]
}
