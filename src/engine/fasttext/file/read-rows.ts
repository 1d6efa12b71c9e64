import type { ByteSource } from '../byte-io.ts'
import type { Matrix, QuantizedMatrix } from '../model-description.ts'
import { addQuantizedRow, centroidCount, createQuantizedRows } from '../predict/quantized-rows.ts'
import { readFloats } from './copy-range.ts'

/**
 * Reads rows of a matrix of the model file as float32 numbers, whether it is quantised or not: fills `target`
 * with target.length / columns rows from row `first` on. Throws `not_finite`.
 */
export type ReadRows = (first: number, target: Float32Array) => void

/** Prepares to read rows; of a quantised matrix it holds the centroids, not the codes. */
export function prepareRows(source: ByteSource, matrix: Matrix): ReadRows {
  if (matrix.kind === 'quantized') return prepareQuantizedRows(source, matrix)
  return (first, target) => void readFloats(source, matrix.offset + first * matrix.columns * 4, target)
}

/** The centroids of a quantised matrix, then those of its norms if it has any. Throws `not_finite`. */
function readCentroids(source: ByteSource, matrix: QuantizedMatrix): Float32Array {
  const { columns, centroidsOffset, normCentroidsOffset } = matrix
  const count = columns * centroidCount
  const centroids = new Float32Array(count + (normCentroidsOffset === undefined ? 0 : centroidCount))
  readFloats(source, centroidsOffset, centroids.subarray(0, count))
  if (normCentroidsOffset !== undefined) readFloats(source, normCentroidsOffset, centroids.subarray(count))
  return centroids
}

function prepareQuantizedRows(source: ByteSource, matrix: QuantizedMatrix): ReadRows {
  const { columns, subspaceSize, codesPerRow, offset, normCodesOffset } = matrix
  const centroids = readCentroids(source, matrix)
  return (first, target) => {
    const count = target.length / columns
    const codes = new Uint8Array(count * codesPerRow)
    source.read(offset + first * codesPerRow, codes)
    const normCodes = new Uint8Array(normCodesOffset === undefined ? 0 : count)
    if (normCodesOffset !== undefined) source.read(normCodesOffset + first, normCodes)
    const rows = createQuantizedRows(columns, subspaceSize, { codes, centroids, normCodes })
    target.fill(0)
    for (let i = 0; i < count; i++) {
      addQuantizedRow(target.subarray(i * columns, (i + 1) * columns), rows, i)
    }
  }
}
