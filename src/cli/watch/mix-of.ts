import type { ModelVersion, WatchedSecond } from '../../contracts/index.ts'

export type LabelCount = readonly [label: string, count: number]

/** What the labels that a second does not list are shown as. */
const otherLabels = 'other'

export type LabelMix = ModelVersion & {
  readonly predictions: number
  /** The most frequent label first. */
  readonly labels: readonly LabelCount[]
}

/** How often each label came first in all of these seconds, at each version. */
export function mixOf(seconds: readonly WatchedSecond[]): readonly LabelMix[] {
  const mixes = new Map<string, ModelVersion & { readonly counts: Map<string, number> }>()
  for (const { models, durationMs } of seconds)
    for (const { model, version, labels, otherPerSecond } of models) {
      const key = `${model}@${version}`
      const mix = mixes.get(key) ?? { model, version, counts: new Map<string, number>() }
      mixes.set(key, mix)
      for (const [label, perSecond] of [...labels, [otherLabels, otherPerSecond] as const]) {
        const count = Math.round((perSecond * durationMs) / 1_000)
        if (count > 0) mix.counts.set(label, (mix.counts.get(label) ?? 0) + count)
      }
    }
  return [...mixes.values()].map(({ counts, ...version }) => ({
    ...version,
    predictions: [...counts.values()].reduce((sum, count) => sum + count, 0),
    labels: [...counts].sort(([, one], [, other]) => other - one),
  }))
}
