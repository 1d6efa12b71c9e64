import type { Prediction } from '../../engine/fasttext/index.ts'
import { findOnlyLabel } from './only-label.ts'
import { chanceOfLoss } from './statistics/mcnemar.ts'

/** A text and what two versions answer; undefined if a version knows no word of the text. */
export type ComparedText = {
  readonly text: string
  /** The right labels; empty if they are not known. */
  readonly truth: readonly string[]
  readonly before: Prediction | undefined
  readonly after: Prediction | undefined
}

/** How often two versions are right; `lost` are right before and wrong after, `gained` the other way round. */
export type RightCounts = {
  readonly examples: number
  readonly rightBefore: number
  readonly rightAfter: number
  readonly lost: number
  readonly gained: number
  /** The chance of such a loss if the second is no worse: McNemar's test, one-sided. */
  readonly chance: number
}

export type LabelCounts = RightCounts & { readonly label: string }

/** A label is null if a version gives none. */
export type Transition = { readonly from: string | null; readonly to: string | null; readonly count: number }

export type Comparison = {
  readonly texts: number
  readonly changed: number
  /** The label that the second version gives every text, null if it gives none to any of them; undefined if they differ. */
  readonly onlyLabel: string | null | undefined
  /** Which labels became which, the most frequent first. */
  readonly transitions: readonly Transition[]
  /** The texts with another answer, most surprising first: those of which both versions are sure. */
  readonly changes: readonly ComparedText[]
  /** The texts whose labels are not known. */
  readonly unlabelled: number
  /** Over the texts whose labels are known; undefined if there are none. */
  readonly truth: { readonly all: RightCounts; readonly labels: readonly LabelCounts[] } | undefined
}

/** What changes for these texts when the second version takes the place of the first. */
export function compareAnswers(texts: readonly ComparedText[]): Comparison {
  const changes = texts.filter(({ before, after }) => before?.label !== after?.label)
  const labelled = texts.filter(({ truth }) => truth.length > 0)
  return {
    texts: texts.length,
    changed: changes.length,
    onlyLabel: findOnlyLabel(texts.map(({ after }) => after)),
    transitions: countTransitions(changes),
    changes: changes.toSorted((a, b) => surprise(b) - surprise(a)),
    unlabelled: texts.length - labelled.length,
    truth: labelled.length === 0 ? undefined : { all: countRight(labelled), labels: countByLabel(labelled) },
  }
}

function surprise({ before, after }: ComparedText): number {
  return (before?.probability ?? 1) * (after?.probability ?? 1)
}

function countTransitions(changes: readonly ComparedText[]): Transition[] {
  const counts = new Map<string, { from: string | null; to: string | null; count: number }>()
  for (const { before, after } of changes) {
    const [from, to] = [before?.label ?? null, after?.label ?? null]
    const key = `${from ?? ''}\0${to ?? ''}`
    const entry = counts.get(key) ?? { from, to, count: 0 }
    entry.count++
    counts.set(key, entry)
  }
  return [...counts.values()].sort((a, b) => b.count - a.count)
}

function countByLabel(texts: readonly ComparedText[]): LabelCounts[] {
  const byLabel = new Map<string, ComparedText[]>()
  for (const text of texts)
    for (const label of new Set(text.truth)) {
      const entry = byLabel.get(label)
      if (entry === undefined) byLabel.set(label, [text])
      else entry.push(text)
    }
  return [...byLabel]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, those]) => ({ label, ...countRight(those) }))
}

function countRight(texts: readonly ComparedText[]): RightCounts {
  const counts = { rightBefore: 0, rightAfter: 0, lost: 0, gained: 0 }
  for (const { truth, before, after } of texts) {
    const wasRight = before !== undefined && truth.includes(before.label)
    const isRight = after !== undefined && truth.includes(after.label)
    if (wasRight) counts.rightBefore++
    if (isRight) counts.rightAfter++
    if (wasRight && !isRight) counts.lost++
    if (isRight && !wasRight) counts.gained++
  }
  return { examples: texts.length, ...counts, chance: chanceOfLoss(counts.lost, counts.gained) }
}
