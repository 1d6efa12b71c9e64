import { expect, test } from 'vitest'

import { naturalLog } from './natural-log.ts'

test.each([
  [1, 0],
  [2, 0.6931471805599453],
  [3, 1.0986122886681098],
  [10, 2.302585092994046],
  [883_634, 13.691798228737554],
  [60_101_967, 17.91155312775522],
])('ln %d is %d, the nearest double', (whole, logarithm) => {
  expect(naturalLog(whole)).toBe(logarithm)
})

test('is never far from Math.log', () => {
  for (let whole = 1; whole < 2 ** 53; whole = Math.ceil(whole * 1.37)) {
    expect(Math.abs(naturalLog(whole) - Math.log(whole))).toBeLessThan(1e-14)
  }
})
