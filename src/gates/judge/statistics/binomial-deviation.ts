import { logOfTerm } from './binomial-tail.ts'

/** From this variance on the deviation is that of the normal distribution. */
const exactBelow = 25

/** How far, on average, the successes in `trials` are from what is expected, where each succeeds with `chance` (de Moivre 1730). */
export function meanDeviationOfBinomial(trials: number, chance: number): number {
  const variance = trials * chance * (1 - chance)
  if (variance <= 0) return 0
  if (variance >= exactBelow) return Math.sqrt((2 * variance) / Math.PI)
  const above = Math.floor(trials * chance) + 1
  return 2 * above * (1 - chance) * Math.exp(logOfTerm(above, trials, chance))
}
