import { expect, test } from 'vitest'

import { maxLabels, numberOfLabel } from '../gates/judge/index.ts'
import { LabelCounts } from './label-counts.ts'

const countOf = (counts: LabelCounts, label: string): number =>
  new Map(counts.tally().counts).get(numberOfLabel(label)) ?? 0

test('labels are counted, a text without one too', () => {
  const counts = new LabelCounts()
  for (const label of ['a', 'b', 'a', undefined]) counts.add(label)
  expect(['a', 'b', '(none)', 'c'].map((label) => countOf(counts, label))).toEqual([2, 1, 1, 0])
})

test('what came long ago counts for less and less, and does not grow without bound', () => {
  const counts = new LabelCounts()
  for (let i = 0; i < 100_000; i++) counts.add('old')
  for (let i = 0; i < 100_000; i++) counts.add('new')
  const [old = 0, recent = 0] = ['old', 'new'].map((label) => countOf(counts, label))
  expect(old + recent).toBeLessThanOrEqual(20_000)
  expect(recent).toBeGreaterThan(old * 10)
})

test('a hundred thousand labels are a message of some kilobytes', () => {
  const counts = new LabelCounts()
  for (let i = 0; i < 100_000; i++) counts.add(`__label__of a rather long name, number ${i}`)
  const tally = counts.tally()
  expect(tally.isShared).toBe(true)
  expect(tally.counts.length).toBeLessThanOrEqual(maxLabels)
  expect(JSON.stringify(tally).length).toBeLessThan(16_384)
})

test('another process goes on from them', () => {
  const before = new LabelCounts()
  for (const label of ['a', 'b', 'a']) before.add(label)
  const after = new LabelCounts(before.tally())
  after.add('a')
  expect([countOf(after, 'a'), countOf(after, 'b')]).toEqual([3, 1])
})
