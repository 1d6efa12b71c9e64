import fc from 'fast-check'
import { expect, it } from 'vitest'

import { logScore, reportedProbability } from './log-score.ts'
import { createTopK, selectBest, selectTopK } from './top-k.ts'

const probability = fc.oneof(
  fc.float({ min: 0, max: 1, noNaN: true }),
  fc.constantFrom(0, 1, 0.5, 1e-9, 2e-9).map(Math.fround),
)
const probabilities = fc
  .array(probability, { minLength: 1, maxLength: 60 })
  .map((list) => Float32Array.from(list))
const top = createTopK()

it('gives the k best scores of at least the threshold, in order', () => {
  fc.assert(
    fc.property(probabilities, fc.integer({ min: 1, max: 60 }), probability, (list, k, threshold) => {
      selectTopK(top, list, k, threshold)
      const expected = Array.from(list)
        .filter((value) => value >= threshold)
        .map(logScore)
        .sort((a, b) => b - a)
      expect(Array.from(top.scores.subarray(0, top.size))).toEqual(expected.slice(0, k))
      const labels = Array.from(top.labels.subarray(0, top.size))
      expect(new Set(labels).size).toBe(top.size)
      expect(labels.map((label) => logScore(list[label] as number))).toEqual(expected.slice(0, k))
    }),
  )
})

it('gives the same best label both ways, ties included', () => {
  fc.assert(
    fc.property(probabilities, (list) => {
      selectTopK(top, list, 1, 0)
      expect(selectBest(list)).toBe(top.labels[0])
    }),
    { numRuns: 2000 },
  )
})

it('reports one hundred-thousandth more than the probability', () => {
  expect(reportedProbability(logScore(1))).toBeCloseTo(1.00001, 7)
  expect(reportedProbability(logScore(0))).toBeCloseTo(0.00001, 7)
})
