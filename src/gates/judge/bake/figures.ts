import type { LabelTally } from '../../../contracts/index.ts'

/** What an instance answered in a period; `labels` counts the best labels that its model gave. */
export type AnswerFigures = {
  readonly answered: number
  /** With 5xx, or not at all. */
  readonly failed: number
  readonly p99Ms: number | null
  /** Undefined if no worker can tell. */
  readonly labels: Pick<LabelTally, 'isShared' | 'counts'> | undefined
}

export type BakeLimits = {
  /** The share of failed answers, 0 to 1. */
  readonly maxErrorRate: number
  /** What the slowest hundredth may always take, in ms; and how many times as long as on the old version. */
  readonly p99BudgetMs: number
  readonly maxSlowdown: number
  /** The share of the answers that may have moved from one label to others. */
  readonly maxShift: number
}

/** Fewer answers do not show that a version is like the one before; a fault they may show. */
export const minAnswers = 200

/** Smaller than 0.05, since the bake tests again and again. */
export const significance = 0.001
