import fc from 'fast-check'
import { expect, test } from 'vitest'

import { upperTailOfBinomial } from './binomial-tail.ts'

/** By the recurrence over trials: the chances of each count after one trial more. */
function plainTail(successes: number, trials: number, chance: number): number {
  let chances = [1]
  for (let i = 0; i < trials; i++)
    chances = Array.from(
      { length: chances.length + 1 },
      (_, count) => (chances[count] ?? 0) * (1 - chance) + (chances[count - 1] ?? 0) * chance,
    )
  return chances.slice(successes).reduce((sum, value) => sum + value, 0)
}

test('is what the distribution says', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 60 }),
      fc.integer({ min: 0, max: 60 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (successes, trials, chance) => {
        expect(upperTailOfBinomial(successes, trials, chance)).toBeCloseTo(
          plainTail(successes, trials, chance),
          9,
        )
      },
    ),
  )
})

test('is the same for many, and where a chance is out of the range of numbers', () => {
  expect(upperTailOfBinomial(560, 1_000, 0.5)).toBeCloseTo(plainTail(560, 1_000, 0.5), 5)
  expect(upperTailOfBinomial(30, 1_500, 0.01)).toBeCloseTo(plainTail(30, 1_500, 0.01), 9)
  expect(upperTailOfBinomial(100_000, 100_000, 0.0001)).toBe(0)
  expect(upperTailOfBinomial(1, 2_000, 0.97)).toBe(1)
  expect(upperTailOfBinomial(0, 0, 0.5)).toBe(1)
})
