import { upperTailOfNormal } from './normal-tail.ts'

/** From this many discordant pairs on, the normal approximation is used. */
const exactBelow = 25

/**
 * The chance that a version which is no worse loses at least `lost` of the examples on which the two disagree, and gains no more
 * than `gained`: McNemar's test (1947), one-sided. Exact by the binomial distribution for few, by the chi-square of one degree
 * of freedom with Edwards' correction (1948) for many.
 */
export function chanceOfLoss(lost: number, gained: number): number {
  const pairs = lost + gained
  if (pairs < exactBelow) return upperTailOfCoin(lost, pairs)
  return upperTailOfNormal((lost - gained - 1) / Math.sqrt(pairs))
}

/** The chance of at least `heads` heads in `throws` throws of a coin. */
function upperTailOfCoin(heads: number, throws: number): number {
  let ways = 1
  let sum = heads === 0 ? 1 : 0
  for (let count = 1; count <= throws; count++) {
    ways = (ways * (throws - count + 1)) / count
    if (count >= heads) sum += ways
  }
  return Math.min(1, sum / 2 ** throws)
}
