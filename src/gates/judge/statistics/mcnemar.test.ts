import { expect, test } from 'vitest'

import { chanceOfLoss } from './mcnemar.ts'
import { lowestShare, upperTailOfNormal } from './normal-tail.ts'

test.each([
  [0, 0, 1],
  [5, 0, 1 / 32],
  [0, 5, 1],
  [10, 2, 79 / 4096],
  [4, 0, 1 / 16],
])('%d lost and %d gained: exact for few', (lost, gained, chance) => {
  expect(chanceOfLoss(lost, gained)).toBeCloseTo(chance, 12)
})

test('for many the chi-square with continuity correction is near the exact chance', () => {
  for (const pairs of [25, 40, 100, 400])
    for (const share of [0.5, 0.55, 0.6, 0.7]) {
      const lost = Math.round(pairs * share)
      expect(Math.abs(chanceOfLoss(lost, pairs - lost) - exactChance(lost, pairs))).toBeLessThan(0.006)
    }
})

test('the tail of the normal distribution', () => {
  expect(upperTailOfNormal(0)).toBeCloseTo(0.5, 6)
  expect(upperTailOfNormal(1.96)).toBeCloseTo(0.0249979, 6)
  expect(upperTailOfNormal(-1)).toBeCloseTo(0.8413447, 6)
})

test('a few texts do not prove a share', () => {
  expect(lowestShare(3, 3)).toBeCloseTo(3 / (3 + 1.96 ** 2), 10)
  expect(lowestShare(0, 10)).toBe(0)
  expect(lowestShare(500, 1_000)).toBeGreaterThan(0.46)
})

function exactChance(heads: number, throws: number): number {
  let ways = 1n
  let sum = 0n
  for (let count = 0; count <= throws; count++) {
    if (count >= heads) sum += ways
    ways = (ways * BigInt(throws - count)) / BigInt(count + 1)
  }
  return Number((sum * 10n ** 12n) / 2n ** BigInt(throws)) / 1e12
}
