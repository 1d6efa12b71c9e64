import { upperTailOfNormal } from './normal-tail.ts'

/** The upper tail of the chi-square distribution, by the cube root that is nearly normal (Wilson and Hilferty 1931). */
export function upperTailOfChiSquare(value: number, degrees: number): number {
  if (degrees < 1) return 1
  const spread = 2 / (9 * degrees)
  return upperTailOfNormal((Math.cbrt(value / degrees) - (1 - spread)) / Math.sqrt(spread))
}
