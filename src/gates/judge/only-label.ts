import type { Prediction } from '../../engine/fasttext/index.ts'

/** The label that every text is answered with; undefined if they differ, or if there are fewer than two. */
export function findOnlyLabel(answers: readonly (Prediction | undefined)[]): string | null | undefined {
  if (answers.length < 2) return undefined
  const first = answers[0]?.label
  return answers.every((answer) => answer?.label === first) ? (first ?? null) : undefined
}

/** What a gate says of such a version: it may have learnt nothing, and the person who deploys it should check. */
export function describeOnlyLabel(label: string | null | undefined): string {
  if (label === undefined) return ''
  return label === null ? '; none of these texts gets a label' : `; every one of these texts gets ${label}`
}
