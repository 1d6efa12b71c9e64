import { expect, test } from 'vitest'

import { timePredictions } from './time-predictions.ts'

/** A processor's clock that only predictions move, a clock on the wall that waits besides, and who was asked in which order. */
function fakeTime() {
  let usedMs = 0
  let waitedMs = 0
  const calls: string[] = []
  const predictor = (name: string, takesMs: number) => (): void => {
    calls.push(name)
    usedMs += takesMs
  }
  /** Another process has the processor for so long. */
  const wait = (ms: number): void => void (waitedMs += ms)
  return { predictor, wait, calls, usedMs: () => usedMs, nowMs: () => usedMs + waitedMs }
}

test('times two versions in turns, each first in half of the pairs, in slices of a millisecond', () => {
  const { predictor, calls, nowMs, usedMs } = fakeTime()
  const timings = timePredictions(predictor('after', 0.5), predictor('before', 0.25), ['a', 'b', 'c'], {
    nowMs,
    usedMs,
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
  const { predictor, calls, nowMs, usedMs } = fakeTime()
  const texts = Array.from({ length: 200 }, (_, i) => `text ${i}`)
  const timings = timePredictions(predictor('after', 2_000), undefined, texts, {
    nowMs,
    usedMs,
    budgetMs: 200,
  })
  expect(timings).toEqual({ after: Array(5).fill(2_000_000), before: null })
  expect(calls).toHaveLength(6)
})

test('does not count what other processes took of the processor', () => {
  const { predictor, wait, nowMs, usedMs } = fakeTime()
  const answer = predictor('after', 0.5)
  const disturbed = (): void => {
    answer()
    wait(20)
  }
  const timings = timePredictions(disturbed, predictor('before', 0.5), ['a'], {
    nowMs,
    usedMs,
    budgetMs: 300,
  })
  expect(timings.after.every((time) => time === 500)).toBe(true)
})
