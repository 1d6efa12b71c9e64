import type { ByteSink, ByteSource } from './byte-io.ts'
import { requireFinite } from './copy-floats.ts'
import { WINDOW_BYTES } from './file-cursor.ts'
import type { DenseMatrix } from './model-description.ts'

/**
 * Writes the product of the input rows with the output matrix (float32, a number a label in each row) to byte
 * `sinkOffset`. A supervised score is linear up to its loss, so the mean of such rows is the score of the mean
 * row. Both matrices pass through bounded buffers; each product is summed in float64 and rounded once.
 * Tells `onBytes` how much of the input matrix was read after every piece; throws `not_finite`.
 */
export function foldRows(
  source: ByteSource,
  input: DenseMatrix,
  output: DenseMatrix,
  sink: ByteSink,
  sinkOffset: number,
  onBytes: (sizeBytes: number) => void,
): void {
  const dim = input.columns
  const nLabels = output.rows
  const weights = readFloats(source, output.offset, new Float32Array(nLabels * dim))
  const rowsAtOnce = Math.max(1, Math.floor(WINDOW_BYTES / (dim * 4)))
  const rows = new Float32Array(rowsAtOnce * dim)
  const folded = new Float32Array(rowsAtOnce * nLabels)
  for (let first = 0; first < input.rows; first += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, input.rows - first)
    readFloats(source, input.offset + first * dim * 4, rows.subarray(0, count * dim))
    for (let row = 0; row < count; row++) foldRow(folded, row * nLabels, rows, row * dim, weights, dim)
    sink.write(sinkOffset + first * nLabels * 4, new Uint8Array(folded.buffer, 0, count * nLabels * 4))
    onBytes(count * dim * 4)
  }
}

function foldRow(
  folded: Float32Array,
  at: number,
  rows: Float32Array,
  rowAt: number,
  weights: Float32Array,
  dim: number,
): void {
  let label = at
  for (let weightAt = 0; weightAt < weights.length; weightAt += dim) {
    let sum = 0
    for (let j = 0; j < dim; j++) sum += (rows[rowAt + j] as number) * (weights[weightAt + j] as number)
    folded[label++] = sum
  }
}

function readFloats(source: ByteSource, offset: number, target: Float32Array): Float32Array {
  source.read(offset, new Uint8Array(target.buffer, target.byteOffset, target.byteLength))
  requireFinite(new Int32Array(target.buffer, target.byteOffset, target.length), target.length, offset)
  return target
}
