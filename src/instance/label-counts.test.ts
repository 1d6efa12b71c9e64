import { expect, test } from 'vitest'

import { LabelCounts } from './label-counts.ts'

test('labels are counted, a text without one too', () => {
  const counts = new LabelCounts()
  for (const label of ['a', 'b', 'a', undefined]) counts.add(label)
  expect(counts.toRecord()).toEqual({ a: 2, b: 1, '(none)': 1 })
})

test('what came long ago counts for less and less, and does not grow without bound', () => {
  const counts = new LabelCounts()
  for (let i = 0; i < 100_000; i++) counts.add('old')
  for (let i = 0; i < 100_000; i++) counts.add('new')
  const { old = 0, new: recent = 0 } = counts.toRecord()
  expect(old + recent).toBeLessThanOrEqual(20_000)
  expect(recent).toBeGreaterThan(old * 10)
})
