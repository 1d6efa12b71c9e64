import fc from 'fast-check'
import { expect, test } from 'vitest'

import { meanDeviationOfBinomial } from './binomial-deviation.ts'
import { logOfTerm } from './binomial-tail.ts'

/** The sum over all counts. */
function plainDeviation(trials: number, chance: number): number {
  let sum = 0
  for (let count = 0; count <= trials; count++)
    sum += Math.abs(count - trials * chance) * Math.exp(logOfTerm(count, trials, chance))
  return sum
}

test('is what the distribution says, for few and for many', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 400 }),
      fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      (trials, chance) => {
        const exact = plainDeviation(trials, chance)
        expect(Math.abs(meanDeviationOfBinomial(trials, chance) - exact)).toBeLessThan(0.01 * exact + 1e-9)
      },
    ),
  )
  expect(meanDeviationOfBinomial(1, 0.5)).toBeCloseTo(0.5, 12)
  expect(meanDeviationOfBinomial(10, 1)).toBe(0)
})
