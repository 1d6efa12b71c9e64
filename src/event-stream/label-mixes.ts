import type { ModelFigures, WatchedMix } from '../contracts/index.ts'

/** Makes of what has been counted of each version since the start of a stack what came since the last call. */
export class LabelMixes {
  #before: ReadonlyMap<string, ReadonlyMap<string, number>> | undefined

  /** Nothing at first. */
  take(models: readonly ModelFigures[]): readonly WatchedMix[] {
    const before = this.#before
    this.#before = new Map(models.map((one) => [keyOf(one), new Map(one.labels)]))
    if (before === undefined) return []
    return models.flatMap((one) => {
      const counted = before.get(keyOf(one))
      const labels = one.labels
        .map(([label, count]) => [label, count - (counted?.get(label) ?? 0)] as const)
        .filter(([, count]) => count > 0)
      return labels.length === 0 ? [] : [{ model: one.model, version: one.version, labels }]
    })
  }
}

function keyOf({ model, version }: ModelFigures): string {
  return `${model}@${version}`
}
