import { expect, test } from 'vitest'

import { upperTailOfChiSquare } from './chi-square.ts'

// The critical values of the usual tables.
test.each([
  [3.841, 1, 0.05],
  [6.635, 1, 0.01],
  [11.07, 5, 0.05],
  [15.086, 5, 0.01],
  [18.307, 10, 0.05],
  [124.342, 100, 0.05],
])('the chance of more than %f with %i degrees of freedom is %f', (value, degrees, chance) => {
  expect(Math.abs(upperTailOfChiSquare(value, degrees) / chance - 1)).toBeLessThan(0.06)
})

test('one outcome alone differs by no chance', () => {
  expect(upperTailOfChiSquare(5, 0)).toBe(1)
})
