import { expect, test } from 'vitest'

import { timePredictions } from './time-predictions.ts'

/** A clock that only predictions move, each by so many milliseconds, and who asked for them in which order. */
function fakeTime() {
  let nowMs = 0
  const calls: string[] = []
  const predictor = (name: string, takesMs: number) => (): void => {
    calls.push(name)
    nowMs += takesMs
  }
  return { predictor, calls, nowMs: () => nowMs }
}

test('times two versions in turns, each first in half of the pairs, in slices of a millisecond', () => {
  const { predictor, calls, nowMs } = fakeTime()
  const timings = timePredictions(predictor('after', 0.5), predictor('before', 0.25), ['a', 'b', 'c'], {
    nowMs,
    budgetMs: 30,
  })
  expect(timings.after.every((time) => time === 500)).toBe(true)
  expect(timings.before?.every((time) => time === 250)).toBe(true)
  expect(timings.after).toHaveLength(timings.before?.length ?? 0)
  expect(calls.slice(-8).join(' ')).toMatch(
    /^(after after before before before before after after|before before after after after after before before)$/,
  )
  expect(nowMs()).toBeLessThan(2 * 30 + 2)
})

test('of a version that takes seconds asks no more than a few texts', () => {
  const { predictor, calls, nowMs } = fakeTime()
  const texts = Array.from({ length: 200 }, (_, i) => `text ${i}`)
  const timings = timePredictions(predictor('after', 2_000), undefined, texts, { nowMs, budgetMs: 200 })
  expect(timings).toEqual({ after: Array(5).fill(2_000_000), before: null })
  expect(calls).toHaveLength(6)
})
