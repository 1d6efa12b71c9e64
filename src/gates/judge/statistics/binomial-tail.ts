import { upperTailOfNormal } from './normal-tail.ts'

/** From this variance on the normal approximation is used. */
const exactBelow = 100

/** The chance of at least `successes` in `trials` of which each succeeds with the chance `chance`: exact where few are expected. */
export function upperTailOfBinomial(successes: number, trials: number, chance: number): number {
  if (successes <= 0) return 1
  if (successes > trials || chance <= 0) return 0
  if (chance >= 1) return 1
  const variance = trials * chance * (1 - chance)
  if (variance >= exactBelow)
    return upperTailOfNormal((successes - 0.5 - trials * chance) / Math.sqrt(variance))
  // Below what is expected the other tail is the shorter sum, and its first term no number too small.
  if (successes <= trials * chance) return 1 - upperTailOfBinomial(trials - successes + 1, trials, 1 - chance)
  const odds = chance / (1 - chance)
  let term = Math.exp(logOfTerm(successes, trials, chance))
  let sum = 0
  for (let count = successes; count <= trials; count++) {
    sum += term
    term *= (odds * (trials - count)) / (count + 1)
    if (term < sum * 1e-12) break
  }
  return Math.min(1, sum)
}

/** The logarithm of the chance of exactly this count: their product would leave the range of numbers. */
export function logOfTerm(successes: number, trials: number, chance: number): number {
  const fewer = Math.min(successes, trials - successes)
  let sum = successes * Math.log(chance) + (trials - successes) * Math.log1p(-chance)
  for (let i = 1; i <= fewer; i++) sum += Math.log((trials - fewer + i) / i)
  return sum
}
