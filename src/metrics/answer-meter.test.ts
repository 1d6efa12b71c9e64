import { expect, test } from 'vitest'

import { AnswerMeter } from './answer-meter.ts'

test('answers are counted, failures and lost ones apart, until they are forgotten', () => {
  const meter = new AnswerMeter()
  expect(meter.latest).toEqual({ answered: 0, failed: 0, p99Ms: null })
  for (let i = 0; i < 100; i++) meter.answered(1, i < 3)
  meter.lost()
  expect(meter.latest).toMatchObject({ answered: 100, failed: 4 })
  expect(meter.latest.p99Ms).toBeCloseTo(1, 1)
  meter.forget()
  expect(meter.latest).toEqual({ answered: 0, failed: 0, p99Ms: null })
})

test('those of long ago are forgotten, those of lately are not', () => {
  const meter = new AnswerMeter()
  for (let i = 0; i < 50_000; i++) meter.answered(100, true)
  for (let i = 0; i < 20_000; i++) meter.answered(1, false)
  expect(meter.latest).toMatchObject({ failed: 0 })
  expect(meter.latest.answered).toBeGreaterThanOrEqual(10_000)
  expect(meter.latest.answered).toBeLessThanOrEqual(20_000)
  expect(meter.latest.p99Ms).toBeLessThan(2)
})

test('another process goes on from it', () => {
  const before = new AnswerMeter()
  for (let i = 0; i < 300; i++) before.answered(5, i === 0)
  const after = new AnswerMeter()
  after.continueFrom(before.figures)
  after.answered(5, false)
  expect(after.latest).toMatchObject({ answered: 301, failed: 1 })
  expect(after.latest.p99Ms).toBe(before.latest.p99Ms)
})
