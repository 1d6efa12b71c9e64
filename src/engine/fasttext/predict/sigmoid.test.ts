import fc from 'fast-check'
import { expect, it } from 'vitest'

import { logistic, sigmoids } from './sigmoid.ts'

const exact = (score: number): number => 1 / (1 + Math.exp(-score))

it('steps through a table between -8 and 8, and is 0 and 1 beyond', () => {
  fc.assert(
    fc.property(fc.float({ min: -10, max: 10, noNaN: true }), (score) => {
      const probabilities = Float32Array.of(score)
      sigmoids(probabilities)
      const step = Math.floor(Math.fround(score + 8) * 32) / 32 - 8
      const expected = score < -8 ? 0 : score > 8 ? 1 : exact(step)
      expect(probabilities[0]).toBeCloseTo(expected, 6)
    }),
  )
})

it('rounds the logistic function to float32', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true }), (score) => {
      expect(logistic(score)).toBeCloseTo(exact(score), 6)
      expect(Math.fround(logistic(score))).toBe(logistic(score))
    }),
  )
})

it('says where a score is not a number', () => {
  const overflow = expect.objectContaining({ code: 'not_a_number' }) as unknown
  expect(() => sigmoids(Float32Array.of(0, Number.NaN))).toThrow(overflow)
  expect(() => logistic(Number.NaN)).toThrow(overflow)
})
