import type { Contribution, Explanation } from './explain.ts'

/** How much a feature speaks for the new label and against the old one in the second model, more than in the first. */
export type FeatureShift = Pick<Contribution, 'kind' | 'text'> & { readonly score: number }

/**
 * Which features of a text made the difference, when the first of two models gives it the label `from` and the second `to`: for
 * each, its part in the margin `to` - `from` in the second model, less that in the first. They add up to the change of the
 * margin. Largest first. Undefined if a model does not have both labels, or if its scores are those of a tree.
 */
export function explainChange(
  before: readonly Explanation[],
  after: readonly Explanation[],
  from: string,
  to: string,
): readonly FeatureShift[] | undefined {
  const margins = [marginOf(before, from, to), marginOf(after, from, to)]
  const [first, second] = margins
  if (first === undefined || second === undefined) return undefined
  const shifts = new Map(second)
  for (const [key, { score, ...feature }] of first)
    shifts.set(key, { ...feature, score: (shifts.get(key)?.score ?? 0) - score })
  return [...shifts.values()].sort((a, b) => b.score - a.score)
}

/** What each feature adds to the score of `to` more than to that of `from`. */
function marginOf(
  explanations: readonly Explanation[],
  from: string,
  to: string,
): Map<string, FeatureShift> | undefined {
  const margin = new Map<string, FeatureShift>()
  for (const [label, sign] of [
    [from, -1],
    [to, 1],
  ] as const) {
    // prettier-ignore
    const explanation = explanations.find((one) => one.label === label)
    if (explanation === undefined || explanation.path !== undefined) return undefined
    for (const { kind, text, score } of explanation.contributions) {
      const key = `${kind} ${text}`
      margin.set(key, { kind, text, score: (margin.get(key)?.score ?? 0) + sign * score })
    }
  }
  return margin
}
