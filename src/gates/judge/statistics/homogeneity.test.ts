import fc from 'fast-check'
import { expect, test } from 'vitest'

import { chanceOfHomogeneity } from './homogeneity.ts'
import type { Cell } from './two-samples.ts'
import { sizesOf } from './two-samples.ts'

const chanceOf = (cells: readonly Cell[]): number => chanceOfHomogeneity(cells, sizesOf(cells))
const cell = (before: number, after: number): Cell => ({ before, after })

// Each of the four cells expects 50 and is off by d, so the statistic is 4 d² / 50. The critical values of the usual table for one
// degree of freedom are 3.841 for 5 % and 6.635 for 1 %; the approximation is good to 6 % of them.
test.each([
  [Math.sqrt((3.841 * 50) / 4), 0.05],
  [Math.sqrt((6.635 * 50) / 4), 0.01],
])('two outcomes that differ by %f have the chance %f', (d, chance) => {
  const found = chanceOf([cell(50 + d, 50 - d), cell(50 - d, 50 + d)])
  expect(Math.abs(found / chance - 1)).toBeLessThan(0.06)
})

// Five degrees of freedom: 11.070 for 5 %, 15.086 for 1 %. Each of the twelve cells expects 100 and is off by d.
test.each([
  [11.07, 0.05],
  [15.086, 0.01],
])('six outcomes with a statistic of %f have the chance %f', (statistic, chance) => {
  const d = Math.sqrt((statistic * 100) / 12)
  const cells = [1, -1, 1, -1, 1, -1].map((sign) => cell(100 + sign * d, 100 - sign * d))
  expect(Math.abs(chanceOf(cells) / chance - 1)).toBeLessThan(0.06)
})

test('outcomes in the same proportions differ by nothing, whatever the sizes', () => {
  expect(chanceOf([cell(100, 300), cell(50, 150), cell(10, 30)])).toBeGreaterThan(0.99)
  expect(chanceOf([cell(1_000, 10)])).toBe(1)
})

test('rare outcomes count together, so that how they are spread does not matter', () => {
  const common = [cell(500, 400), cell(400, 500)]
  const spread = Array.from({ length: 40 }, () => cell(1, 0))
  expect(chanceOf([...common, ...spread])).toBe(chanceOf([...common, cell(40, 0)]))
})

test('an outcome is rare by what the smaller sample expects of it', () => {
  // 40 of 10,000 beside 100: the smaller sample expects 0.4, so both are one outcome, and nothing is left to compare.
  const cells = [cell(20, 1), cell(20, 0)]
  expect(chanceOfHomogeneity(cells, { before: 10_000, after: 100 })).toBe(1)
})

const cells = fc.array(fc.record({ before: fc.nat(5_000), after: fc.nat(5_000) }), {
  minLength: 1,
  maxLength: 40,
})
const isCompared = (all: readonly Cell[]): boolean => Math.min(...Object.values(sizesOf(all))) > 0

test('is a chance, the same in any order and with the samples exchanged', () => {
  fc.assert(
    fc.property(cells.filter(isCompared), (all) => {
      const chance = chanceOf(all)
      expect(chance).toBeGreaterThanOrEqual(0)
      expect(chance).toBeLessThanOrEqual(1)
      expect(chanceOf(all.toReversed())).toBeCloseTo(chance, 6)
      expect(chanceOf(all.map(({ before, after }) => cell(after, before)))).toBeCloseTo(chance, 6)
    }),
  )
})
