import fc from 'fast-check'
import { expect, it } from 'vitest'

import { multiply } from './dense-rows.ts'
import { softmax } from './softmax.ts'

const float = fc.float({ min: -20, max: 20, noNaN: true })

it('gives the textbook softmax for any number of labels and dimensions', () => {
  const shape = fc
    .tuple(fc.integer({ min: 1, max: 11 }), fc.integer({ min: 1, max: 9 }))
    .chain(([labels, dim]) =>
      fc.record({
        labels: fc.constant(labels),
        matrix: fc.array(float, { minLength: labels * dim, maxLength: labels * dim }),
        hidden: fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: dim, maxLength: dim }),
      }),
    )
  fc.assert(
    fc.property(shape, ({ labels, matrix, hidden }) => {
      const products = Array.from({ length: labels }, (_, i) =>
        hidden.reduce((sum, x, j) => sum + x * (matrix[i * hidden.length + j] as number), 0),
      )
      const largest = Math.max(...products)
      const powers = products.map((product) => Math.exp(product - largest))
      const total = powers.reduce((sum, power) => sum + power, 0)
      const scores = new Float32Array(labels)
      multiply(scores, Float32Array.from(matrix), Float32Array.from(hidden))
      softmax(scores)
      scores.forEach((score, i) => expect(score).toBeCloseTo((powers[i] as number) / total, 4))
    }),
  )
})
