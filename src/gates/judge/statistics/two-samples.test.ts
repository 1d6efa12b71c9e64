import fc from 'fast-check'
import { expect, test } from 'vitest'

import { addCells, pairCounts, sizesOf } from './two-samples.ts'

const counts = fc.dictionary(fc.string(), fc.nat(1_000), { noNullPrototype: false })
const sum = (of: Readonly<Record<string, number>>): number => Object.values(of).reduce((a, b) => a + b, 0)

test('an outcome that one sample lacks counts 0 there; one that neither has is left out', () => {
  expect(pairCounts({ a: 3, b: 1, c: 0 }, { d: 2, a: 5, c: 0 })).toEqual([
    { before: 3, after: 5 },
    { before: 1, after: 0 },
    { before: 0, after: 2 },
  ])
  expect(pairCounts({}, {})).toEqual([])
})

test('an outcome may have the name of what every object inherits', () => {
  expect(pairCounts({ constructor: 2 }, {})).toEqual([{ before: 2, after: 0 }])
  expect(pairCounts(JSON.parse('{"__proto__":1}') as Record<string, number>, { toString: 4 })).toEqual([
    { before: 1, after: 0 },
    { before: 0, after: 4 },
  ])
})

test('nothing is lost: the sizes are the sums, and no cell is empty', () => {
  fc.assert(
    fc.property(counts, counts, (before, after) => {
      const cells = pairCounts(before, after)
      expect(sizesOf(cells)).toEqual({ before: sum(before), after: sum(after) })
      expect(cells.every((cell) => cell.before + cell.after > 0)).toBe(true)
    }),
  )
})

test('cells are added column by column', () => {
  expect(addCells({ before: 1, after: 2 }, { before: 10, after: 20 })).toEqual({ before: 11, after: 22 })
  expect(sizesOf([])).toEqual({ before: 0, after: 0 })
})
