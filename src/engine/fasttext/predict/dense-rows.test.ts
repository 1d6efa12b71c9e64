import fc from 'fast-check'
import { expect, it } from 'vitest'

import { averageRows } from './dense-rows.ts'

const rowCount = 6
const float = fc.float({ min: -1000, max: 1000, noNaN: true })

it('adds row by row in float32, for any number of rows and columns', () => {
  const shape = fc.integer({ min: 1, max: 19 }).chain((dim) =>
    fc.record({
      dim: fc.constant(dim),
      matrix: fc
        .array(float, { minLength: dim * rowCount, maxLength: dim * rowCount })
        .map((list) => Float32Array.from(list)),
      ids: fc.array(fc.nat(rowCount - 1), { minLength: 1, maxLength: 50 }),
    }),
  )
  fc.assert(
    fc.property(shape, ({ dim, matrix, ids }) => {
      const expected = new Float32Array(dim)
      for (const id of ids)
        expected.forEach((sum, j) => (expected[j] = sum + (matrix[id * dim + j] as number)))
      const scale = Math.fround(1 / ids.length)
      const hidden = new Float32Array(dim).fill(7)
      averageRows(hidden, matrix, { items: Int32Array.from([...ids, 99]), length: ids.length })
      expect(hidden).toEqual(expected.map((sum) => sum * scale))
    }),
  )
})
