import type { FeatureShift } from '../engine/fasttext/index.ts'
import { explainChange, PredictionError } from '../engine/fasttext/index.ts'
import type { ComparedText } from '../gates/judge/index.ts'
import type { ExplainedText } from './comparison.ts'
import type { ComparedModel } from './open-compared.ts'

/** More are noise, and a JSON object of a long text would be huge. */
const maxFeatures = 10

/**
 * Adds to the first texts the features that made the difference. A text stays without if a version gives it no label or does not
 * have the other's label, if its loss is hs, or if the text is too long.
 */
export function explainChanges(
  before: ComparedModel,
  after: ComparedModel,
  changes: readonly ComparedText[],
  count: number,
): readonly ExplainedText[] {
  return changes.map((change, index) => {
    const because = index < count ? explainOne(before, after, change) : undefined
    return because === undefined ? change : { ...change, because }
  })
}

/** The features that made the difference for one text; undefined as it is said above. */
export function explainOne(
  before: ComparedModel,
  after: ComparedModel,
  { text, before: old, after: now }: Pick<ComparedText, 'text' | 'before' | 'after'>,
): readonly FeatureShift[] | undefined {
  if (old === undefined || now === undefined) return undefined
  const labels = [old.label, now.label]
  try {
    const shifts = explainChange(
      before.explain(text, labels),
      after.explain(text, labels),
      old.label,
      now.label,
    )
    return shifts?.slice(0, maxFeatures).filter(({ score }) => score > 0)
  } catch (error) {
    if (error instanceof PredictionError && ['text_too_long', 'unknown_label'].includes(error.code))
      return undefined
    throw error
  }
}
