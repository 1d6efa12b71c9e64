import { expect, test } from 'vitest'

import { addTallies, alignTallies, maxLabels, numberOfLabel, sharedNumber } from './label-tally.ts'

test('labels have numbers of their own, the same each time', () => {
  const numbers = Array.from({ length: maxLabels }, (_, i) => numberOfLabel(`__label__${i}`))
  expect(new Set(numbers).size).toBe(maxLabels)
  expect(numberOfLabel('__label__7')).toBe(numbers[7])
})

test('counts of workers add up, and are shared where those of one are', () => {
  const [a, b] = [numberOfLabel('a'), numberOfLabel('b')]
  const counted = {
    isShared: false,
    counts: [
      [a, 1],
      [b, 2],
    ] as const,
  }
  expect(addTallies([counted, counted])).toEqual({
    isShared: false,
    counts: [
      [a, 2],
      [b, 4],
    ],
  })
  const shared = { isShared: true, counts: [[sharedNumber(a), 5]] as const }
  expect(new Map(addTallies([counted, shared]).counts).get(sharedNumber(a))).toBe(6)
  expect(addTallies([])).toEqual({ isShared: false, counts: [] })
})

test('a version with many labels and one with few are compared by the same numbers', () => {
  const few = { isShared: false, counts: [[numberOfLabel('a'), 7]] as const }
  const many = { isShared: true, counts: [[sharedNumber(numberOfLabel('a')), 3]] as const }
  const [before, after] = alignTallies(few, many)
  expect(Object.keys(before)).toEqual(Object.keys(after))
})
