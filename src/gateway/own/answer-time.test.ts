import { expect, test } from 'vitest'

import { AnswerTime } from './answer-time.ts'
import { RetryBudget } from './retry-budget.ts'

const maxMs = 5_000

function timesOf(durations: readonly number[]): AnswerTime {
  const time = new AnswerTime()
  for (const durationMs of durations) time.add(durationMs)
  return time
}

const repeat = (count: number, durationMs: number): number[] => new Array<number>(count).fill(durationMs)

test('until enough answers are known, only the longest time counts', () => {
  expect(timesOf([]).lateAfterMs(maxMs)).toBe(maxMs)
  expect(timesOf(repeat(19, 1)).lateAfterMs(maxMs)).toBe(maxMs)
})

test('a quick route is late soon, though never sooner than any machine stalls', () => {
  expect(timesOf(repeat(200, 1)).lateAfterMs(maxMs)).toBe(300)
})

test('a slow route is given its time, the longest at most', () => {
  const slow = timesOf(repeat(1_000, 400)).lateAfterMs(maxMs)
  expect(slow).toBeGreaterThan(1_200)
  expect(slow).toBeLessThan(2_500)
  expect(timesOf(repeat(1_000, 4_000)).lateAfterMs(maxMs)).toBe(maxMs)
})

test('a route that becomes slower is known as such after some hundred answers', () => {
  const time = timesOf([...repeat(1_000, 1), ...repeat(300, 500)])
  expect(time.lateAfterMs(maxMs)).toBeGreaterThan(1_500)
})

test('a route whose answers vary is late later than one whose answers do not', () => {
  const even = timesOf(repeat(1_000, 200)).lateAfterMs(maxMs)
  const uneven = timesOf(Array.from({ length: 1_000 }, (_, i) => (i % 2 === 0 ? 50 : 350))).lateAfterMs(maxMs)
  expect(uneven).toBeGreaterThan(even)
})

test('of late answers a tenth may be asked for twice, after the first twenty', () => {
  const budget = new RetryBudget()
  const spent = Array.from({ length: 30 }, () => budget.spend()).filter(Boolean).length
  expect(spent).toBe(20)
  for (let i = 0; i < 50; i++) budget.earn()
  expect(Array.from({ length: 30 }, () => budget.spend()).filter(Boolean).length).toBe(5)
})

test('a route is quick until its shortest answers show that it is not', () => {
  expect(timesOf([]).isQuick).toBe(true)
  expect(timesOf(repeat(100, 500)).isQuick).toBe(false)
  expect(timesOf([...repeat(100, 2), ...repeat(100, 500)]).isQuick).toBe(true)
  expect(timesOf([...repeat(100, 2), ...repeat(10_000, 500)]).isQuick).toBe(false)
})
