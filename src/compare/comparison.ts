import type { FeatureShift } from '../engine/fasttext/index.ts'
import type { ComparedText, Comparison } from '../gates/judge/index.ts'

/** A changed answer, and the features that speak most for the new label, more than they did before. */
export type ExplainedText = ComparedText & { readonly because?: readonly FeatureShift[] }

export type ExplainedComparison = Omit<Comparison, 'changes'> & { readonly changes: readonly ExplainedText[] }

/** A text, and the right labels if they are known. */
export type AskedText = Pick<ComparedText, 'text' | 'truth'>
