import { chanceOfHomogeneity } from './homogeneity.ts'
import { chanceOfGrowth } from './score-test.ts'
import { variationBeyondChance } from './total-variation.ts'
import { pairCounts, sizesOf } from './two-samples.ts'

export type Shift = {
  /** The share of the answers that have moved from one label to another, without what chance alone makes of it. */
  readonly share: number
  /**
   * The chance of such a difference if no more than what is allowed has moved. Two things must be unlikely: that both are samples
   * of the same answers, and that the labels which have become more have grown by no more than is allowed. With either alone, a
   * few answers would make a small move a large one.
   */
  readonly chance: number
}

type Counts = Readonly<Record<string, number>>

/** How far two distributions of labels are apart, if a share `allowed` may move. */
export function measureShift(before: Counts, after: Counts, allowed: number): Shift {
  const cells = pairCounts(before, after)
  const sizes = sizesOf(cells)
  if (sizes.before === 0 || sizes.after === 0) return { share: 0, chance: 1 }
  const share = variationBeyondChance(cells, sizes)
  const grown = sizesOf(cells.filter((cell) => cell.after / sizes.after > cell.before / sizes.before))
  return {
    share,
    chance: Math.max(
      chanceOfHomogeneity(cells, sizes),
      chanceOfGrowth(grown.before / sizes.before, share, allowed, sizes),
    ),
  }
}
