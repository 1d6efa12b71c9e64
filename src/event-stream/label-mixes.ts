import type { ModelFigures, WatchedMix } from '../contracts/index.ts'

/** Of more versions than this the ones that were asked most are told, and of more labels the most frequent. */
const maxVersions = 20
const maxLabels = 20

/** The name of what is not told apart, as in the figures. */
const rest = 'other'

type Counted = { readonly predictions: number; readonly labels: ReadonlyMap<string, number> }

/** Makes of what has been counted of each version since the start of a stack what came since the last call. */
export class LabelMixes {
  #before: ReadonlyMap<string, Counted> | undefined

  /** Nothing at first. */
  take(models: readonly ModelFigures[]): readonly WatchedMix[] {
    const before = this.#before
    const now = new Map<string, Counted>()
    const asked: { readonly mix: WatchedMix; readonly count: number }[] = []
    for (const one of models) {
      const key = `${one.model}@${one.version}`
      const counted = before?.get(key)
      // Of a thousand models few are asked in any second.
      if (counted?.predictions === one.predictions) {
        now.set(key, counted)
        continue
      }
      now.set(key, { predictions: one.predictions, labels: new Map(one.labels) })
      const labels = one.labels
        .map(([label, count]) => [label, count - (counted?.labels.get(label) ?? 0)] as const)
        .filter(([, count]) => count > 0)
      const mix = { model: one.model, version: one.version, labels: boundLabels(labels) }
      if (labels.length > 0) asked.push({ mix, count: one.predictions - (counted?.predictions ?? 0) })
    }
    this.#before = now
    if (before === undefined) return []
    if (asked.length > maxVersions) asked.sort((a, b) => b.count - a.count)
    return asked.slice(0, maxVersions).map(({ mix }) => mix)
  }
}

function boundLabels(labels: WatchedMix['labels']): WatchedMix['labels'] {
  if (labels.length <= maxLabels) return labels
  const frequent = labels
    .filter(([label]) => label !== rest)
    .sort(([, a], [, b]) => b - a)
    .slice(0, maxLabels - 1)
  const total = (counts: WatchedMix['labels']): number => counts.reduce((sum, [, count]) => sum + count, 0)
  return [...frequent, [rest, total(labels) - total(frequent)]]
}
