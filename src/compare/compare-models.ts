import type { ComparedText } from '../gates/judge/index.ts'
import { compareAnswers } from '../gates/judge/index.ts'
import type { AskedText, ExplainedComparison } from './comparison.ts'
import { explainChanges } from './explain-changes.ts'
import type { ComparedModel } from './open-compared.ts'

export type CompareOptions = {
  /** Of so many changed texts, the most surprising ones, the features that made the difference are found. */
  readonly maxExplained: number
  /** Looked at now and then with the share of the work that is done; false ends it, and the texts until then are compared. */
  readonly goesOn: (share: number) => boolean
}

const textsBetweenLooks = 1_000

/** Asks two models about the same texts, in their order. */
export function compareModels(
  before: ComparedModel,
  after: ComparedModel,
  texts: readonly AskedText[],
  { maxExplained, goesOn }: CompareOptions,
): ExplainedComparison {
  const answered: ComparedText[] = []
  for (const [index, { text, truth }] of texts.entries()) {
    if (index % textsBetweenLooks === 0 && !goesOn(index / texts.length)) break
    answered.push({ text, truth, before: before.top(text), after: after.top(text) })
  }
  goesOn(1)
  const comparison = compareAnswers(answered)
  return { ...comparison, changes: explainChanges(before, after, comparison.changes, maxExplained) }
}
