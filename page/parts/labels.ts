import type { WatchedSecond } from '../../src/contracts/stream.ts'

/** A label of a model, undefined for all that are not listed, and its share of a second's answers. */
export type LabelLine = {
  readonly label: string | undefined
  readonly share: (second: WatchedSecond) => number | null
}

const maxLabels = 5

/** The most frequent labels of a model in a series, and the rest. */
export function readLabels(series: readonly WatchedSecond[], model: string): LabelLine[] {
  const totals = new Map<string, number>()
  for (const { models, durationMs } of series)
    for (const one of models)
      if (one.model === model)
        for (const [label, perSecond] of one.labels)
          totals.set(label, (totals.get(label) ?? 0) + perSecond * durationMs)
  const labels = [...totals]
    .sort(([, a], [, b]) => b - a)
    .slice(0, maxLabels)
    .map(([label]) => label)
  const share =
    (count: (counts: ReadonlyMap<string, number>, all: number) => number) =>
    (second: WatchedSecond): number | null => {
      const { counts, all } = countLabels(second, model)
      return all === 0 ? null : count(counts, all) / all
    }
  const named = labels.map((label) => ({ label, share: share((counts) => counts.get(label) ?? 0) }))
  const rest = share((counts, all) => labels.reduce((left, label) => left - (counts.get(label) ?? 0), all))
  const hasRest = series.some((second) => (rest(second) ?? 0) > 0.001)
  return hasRest ? [...named, { label: undefined, share: rest }] : named
}

/** While a rollout is under way two versions answer. */
function countLabels(
  { models }: WatchedSecond,
  model: string,
): { readonly counts: Map<string, number>; readonly all: number } {
  const counts = new Map<string, number>()
  let all = 0
  for (const one of models) {
    if (one.model !== model) continue
    all += one.otherPerSecond
    for (const [label, perSecond] of one.labels) {
      counts.set(label, (counts.get(label) ?? 0) + perSecond)
      all += perSecond
    }
  }
  return { counts, all }
}
