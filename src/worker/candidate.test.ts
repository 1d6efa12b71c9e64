import { performance } from 'node:perf_hooks'

import { expect, test } from 'vitest'

import type { Prediction } from '../engine/fasttext/index.ts'
import type { LoadedModel } from '../store/index.ts'
import { selfTest, warm } from './candidate.ts'

/** A version whose predictions take a while; counts them. */
function slowCandidate(takesMs: number) {
  let count = 0
  const answer: Prediction = { label: '__label__a', probability: 1 }
  const top = (): Prediction => {
    count++
    for (const endMs = performance.now() + takesMs; performance.now() < endMs;);
    return answer
  }
  const candidate = {
    manifest: { model: 'm', version: '1' },
    top,
    requireNumbers: () => void top(),
  } as unknown as LoadedModel
  return { candidate, count: () => count }
}

const cases = Array.from({ length: 100 }, (_, i) => ({ text: `text ${i}`, label: '__label__a' }))

test('a version is warmed for a time, whatever a prediction costs', async () => {
  const { candidate, count } = slowCandidate(40)
  await warm(candidate, cases, () => Promise.resolve())
  expect(count()).toBeGreaterThan(0)
  expect(count()).toBeLessThanOrEqual(13)
})

test('a version that answers at once is asked some thousand times', async () => {
  const { candidate, count } = slowCandidate(0)
  await warm(candidate, [], () => Promise.resolve())
  expect(count()).toBe(6_000)
})

test('time in which others go first is not time of warming', async () => {
  const { candidate, count } = slowCandidate(5)
  let naps = 0
  await warm(candidate, [], async () => {
    naps++
    await new Promise((resolve) => setTimeout(resolve, 30))
  })
  expect(naps).toBe(20)
  expect(count()).toBeGreaterThan(25)
})

test('a self-test leaves room for heartbeats between its texts, and names every wrong answer', async () => {
  const { candidate } = slowCandidate(5)
  let beats = 0
  const heart = setInterval(() => beats++, 1)
  const wrong = { text: 'x', label: '__label__b' }
  const tested = selfTest(candidate, [...cases, wrong, wrong])
  await expect(tested).rejects.toThrow(/“x” gives __label__a \(1\.000\), not __label__b; “x” gives/)
  clearInterval(heart)
  expect(beats).toBeGreaterThan(20)
})
