import fc from 'fast-check'
import { expect, test } from 'vitest'

import { variationBeyondChance } from './total-variation.ts'
import type { Cell } from './two-samples.ts'
import { sizesOf } from './two-samples.ts'

const variationOf = (cells: readonly Cell[]): number => variationBeyondChance(cells, sizesOf(cells))
const cell = (before: number, after: number): Cell => ({ before, after })

/** Half the sum of the differences of the shares, without anything taken off. */
function plainVariation(cells: readonly Cell[]): number {
  const sizes = sizesOf(cells)
  const difference = ({ before, after }: Cell): number =>
    Math.abs(before / sizes.before - after / sizes.after)
  return cells.reduce((sum, one) => sum + difference(one), 0) / 2
}

/** Draws as many of `outcomes` equally likely ones, by a fixed linear congruential generator. */
function draw(outcomes: number, size: number, seed: number): number[] {
  const counts = new Array<number>(outcomes).fill(0)
  let state = seed
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const outcome = Math.floor((state / 2 ** 32) * outcomes)
    counts[outcome] = (counts[outcome] ?? 0) + 1
  }
  return counts
}

test('of clear differences it is half the sum of the differences', () => {
  expect(variationOf([cell(600, 400), cell(400, 600)])).toBeCloseTo(0.2, 12)
  expect(variationOf([cell(700, 200), cell(200, 700), cell(100, 100)])).toBeCloseTo(0.5, 2)
})

test('of samples without a common outcome it is 1', () => {
  expect(variationOf([cell(1_000, 0), cell(0, 1_000)])).toBeCloseTo(1, 12)
  expect(variationOf([cell(100, 0), cell(0, 9_000)])).toBeCloseTo(1, 12)
})

test('of one outcome, or of the same proportions, it is 0', () => {
  expect(variationOf([cell(1_000, 50)])).toBe(0)
  expect(variationOf([cell(500, 250), cell(300, 150), cell(200, 100)])).toBe(0)
})

test('of two samples of the same thousand outcomes it is next to nothing, where the plain one is half', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const [before, after] = [draw(1_000, 1_000, seed), draw(1_000, 1_000, seed + 1_000)]
    const cells = before.map((count, i) => cell(count, after[i] ?? 0)).filter((c) => c.before + c.after > 0)
    expect(plainVariation(cells)).toBeGreaterThan(0.4)
    expect(variationOf(cells)).toBeLessThan(0.06)
  }
})

test('what one outcome gains from very many, none of which clearly differs, is counted', () => {
  const many = draw(500, 1_000, 7)
  const less = draw(500, 700, 8)
  const cells = [...many.map((count, i) => cell(count, less[i] ?? 0)), cell(0, 300)]
  expect(variationOf(cells.filter((c) => c.before + c.after > 0))).toBeGreaterThan(0.28)
  expect(variationOf(cells.filter((c) => c.before + c.after > 0))).toBeLessThan(0.35)
})

const someCells = fc
  .array(fc.record({ before: fc.nat(5_000), after: fc.nat(5_000) }), { minLength: 1, maxLength: 40 })
  .map((cells) => cells.filter(({ before, after }) => before + after > 0))
  .filter((cells) => Math.min(...Object.values(sizesOf(cells))) > 0)

test('is between 0 and the plain one, the same in any order and with the samples exchanged', () => {
  fc.assert(
    fc.property(someCells, (cells) => {
      const variation = variationOf(cells)
      expect(variation).toBeGreaterThanOrEqual(0)
      expect(variation).toBeLessThanOrEqual(plainVariation(cells) + 1e-9)
      expect(variationOf(cells.toReversed())).toBeCloseTo(variation, 9)
      expect(variationOf(cells.map(({ before, after }) => cell(after, before)))).toBeCloseTo(variation, 9)
    }),
  )
})
