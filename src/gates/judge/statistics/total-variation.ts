import { meanDeviationOfBinomial } from './binomial-deviation.ts'
import type { Cell, Sizes } from './two-samples.ts'

/** In standard deviations: of some hundred outcomes one differs as much by chance. */
const clearDeviations = 3

/**
 * The total variation between two samples, 0 to 1: the share of the second that would have to be other outcomes for both to be
 * alike, which is half the sum of the differences; less what chance makes of it. With a thousand outcomes and as many answers two
 * samples of the same distribution differ by half.
 *
 * Of outcomes that do not clearly differ, what two samples of the same distribution would differ by on average is taken off.
 * If others have clearly become more or less, all of the unclear ones together have not changed by chance alone: at least their
 * common difference counts.
 */
export function variationBeyondChance(cells: readonly Cell[], sizes: Sizes): number {
  const size = sizes.before + sizes.after
  const chance = sizes.before / size
  let clear = 0
  let unclear = 0
  let together = 0
  for (const { before, after } of cells) {
    const count = before + after
    const difference = before - count * chance
    // As the sizes of both samples are given, the counts of a frequent outcome vary less.
    const narrowed = Math.sqrt(1 - count / size)
    const deviation = narrowed * Math.sqrt(count * chance * (1 - chance))
    if (Math.abs(difference) > clearDeviations * deviation) {
      clear += Math.abs(difference)
      continue
    }
    unclear += Math.abs(difference) - narrowed * meanDeviationOfBinomial(count, chance)
    together += difference
  }
  return ((1 / sizes.before + 1 / sizes.after) * (clear + Math.max(unclear, Math.abs(together)))) / 2
}
