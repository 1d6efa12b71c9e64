import { upperTailOfNormal } from './normal-tail.ts'
import type { Sizes } from './two-samples.ts'

/**
 * The chance that a share which was `shareBefore` in the first sample is seen to have grown by `growth` in the second, if it has
 * grown by `allowed` at most: the score test of a difference of two shares (Farrington and Manning 1990, with the variance at the
 * limit that is allowed).
 */
export function chanceOfGrowth(shareBefore: number, growth: number, allowed: number, sizes: Sizes): number {
  if (growth <= allowed) return 1
  const furthest = Math.min(1, shareBefore + allowed)
  const spread = Math.sqrt(variance(shareBefore) / sizes.before + variance(furthest) / sizes.after)
  return upperTailOfNormal((growth - allowed) / spread)
}

function variance(share: number): number {
  return share * (1 - share)
}
