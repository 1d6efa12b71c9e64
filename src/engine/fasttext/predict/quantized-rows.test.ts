import fc from 'fast-check'
import { expect, it } from 'vitest'

import { averageRows, dotRow } from './dense-rows.ts'
import {
  addQuantizedRow,
  averageQuantizedRows,
  centroidCount,
  createQuantizedRows,
  dotQuantizedRow,
} from './quantized-rows.ts'

const rowCount = 5

const matrices = fc
  .record({
    columns: fc.integer({ min: 1, max: 9 }),
    subspaceSize: fc.integer({ min: 1, max: 4 }),
    normalized: fc.boolean(),
  })
  .chain(({ columns, subspaceSize, normalized }) => {
    const codeCount = rowCount * Math.ceil(columns / subspaceSize)
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
    return fc
      .record({
        codes: bytes(codeCount),
        normCodes: bytes(normalized ? rowCount : 0),
        seed: fc.integer(),
      })
      .map(({ codes, normCodes, seed }) => {
        const centroids = Float32Array.from({ length: (columns + 1) * centroidCount }, (_, i) =>
          Math.sin(i * 1.7 + seed),
        )
        return createQuantizedRows(columns, subspaceSize, { codes, centroids, normCodes })
      })
  })

it('stands for a dense matrix: adds, averages and multiplies as that one does', () => {
  const ids = fc.array(fc.nat(rowCount - 1), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(matrices, ids, (matrix, list) => {
      const { columns } = matrix
      const dense = new Float32Array(rowCount * columns)
      for (let row = 0; row < rowCount; row++)
        addQuantizedRow(dense.subarray(row * columns, (row + 1) * columns), matrix, row)
      const rows = { items: Int32Array.from(list), length: list.length }
      const [mean, expected] = [new Float32Array(columns).fill(7), new Float32Array(columns)]
      averageQuantizedRows(mean, matrix, rows)
      averageRows(expected, dense, rows)
      expect(mean).toEqual(expected)
      for (let row = 0; row < rowCount; row++)
        expect(dotQuantizedRow(matrix, mean, row)).toBeCloseTo(dotRow(dense, mean, row), 4)
    }),
  )
})

it('takes each centroid from its own subspace, the last of which may be narrower', () => {
  // Column c of centroid i of subspace s holds 1000 s + i + c / 10.
  const centroids = new Float32Array(3 * centroidCount)
  for (let i = 0; i < centroidCount; i++) {
    centroids.set([i, i + 0.125], 2 * i)
    centroids[2 * centroidCount + i] = 1000 + i
  }
  const codes = Uint8Array.of(0, 0, 7, 255)
  const row = new Float32Array(3)
  addQuantizedRow(row, createQuantizedRows(3, 2, { codes, centroids, normCodes: new Uint8Array(0) }), 1)
  expect([...row]).toEqual([7, 7.125, 1255])
})
