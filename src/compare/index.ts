/** Compares two versions on texts, and explains what changes. */
export type { AskedText, ExplainedComparison, ExplainedText } from './compare-models.ts'
export { compareModels } from './compare-models.ts'
export { explainOne } from './explain-changes.ts'
export type { ComparedModel } from './open-compared.ts'
export { openCompared, openComparedVersion } from './open-compared.ts'
