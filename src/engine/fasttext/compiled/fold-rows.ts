import type { ByteSink, ByteSource } from '../byte-io.ts'
import { windowBytes } from '../file/file-cursor.ts'
import { prepareRows } from '../file/read-rows.ts'
import type { Matrix } from '../model-description.ts'

/** Both matrices of a model, of which the first `nOutputs` rows of the output count. */
export type FoldedMatrices = { readonly input: Matrix; readonly output: Matrix; readonly nOutputs: number }

/**
 * Writes the product of the input rows with the output matrix (float32, `nOutputs` numbers a row) to byte
 * `sinkOffset`. A supervised score is linear up to its loss, so the mean of such rows is the score of the mean
 * row. Both matrices pass through bounded buffers; each product is summed in float64 and rounded once.
 * Throws `not_finite`.
 */
export function foldRows(
  source: ByteSource,
  { input, output, nOutputs }: FoldedMatrices,
  sink: ByteSink,
  sinkOffset: number,
): void {
  const dim = input.columns
  const weights = readWeights(source, output).subarray(0, nOutputs * dim)
  const rowsAtOnce = Math.max(1, Math.floor(windowBytes / (dim * 4)))
  const rows = new Float32Array(rowsAtOnce * dim)
  const folded = new Float32Array(rowsAtOnce * nOutputs)
  const readRows = prepareRows(source, input)
  for (let first = 0; first < input.rows; first += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, input.rows - first)
    readRows(first, rows.subarray(0, count * dim))
    for (let row = 0; row < count; row++) foldRow(folded, row * nOutputs, rows, row * dim, weights, dim)
    if (nOutputs > 0) {
      const bytes = new Uint8Array(folded.buffer, 0, count * nOutputs * 4)
      sink.write(sinkOffset + first * nOutputs * 4, bytes)
    }
  }
}

function readWeights(source: ByteSource, output: Matrix): Float32Array {
  const weights = new Float32Array(output.rows * output.columns)
  prepareRows(source, output)(0, weights)
  return weights
}

function foldRow(
  folded: Float32Array,
  at: number,
  rows: Float32Array,
  rowAt: number,
  weights: Float32Array,
  dim: number,
): void {
  let output = at
  for (let weightAt = 0; weightAt < weights.length; weightAt += dim) {
    let sum = 0
    for (let j = 0; j < dim; j++) sum += (rows[rowAt + j] as number) * (weights[weightAt + j] as number)
    folded[output++] = sum
  }
}
