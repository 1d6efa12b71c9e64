/** Compares two versions on texts, and explains what changes. */
export { compareModels } from './compare-models.ts'
export type { AskedText, ExplainedComparison, ExplainedText } from './comparison.ts'
export { explainOne } from './explain-changes.ts'
export type { ComparedModel } from './open-compared.ts'
export { openCompared, openComparedVersion } from './open-compared.ts'
