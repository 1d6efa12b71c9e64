import type { NumberList } from '../compiled/number-list.ts'

/** How many centroids a code chooses from. */
export const centroidCount = 256

/**
 * A product-quantised matrix in memory. Row r has codes r · codesPerRow on; code c of subspace s names the
 * centroid whose columns begin at s · 256 · subspaceSize + c · (columns of that subspace). Where the rows were
 * divided by their norms, `normCodes` has a code a row and the 256 norms follow the centroids.
 */
export type QuantizedRows = {
  readonly columns: number
  readonly subspaceSize: number
  readonly codesPerRow: number
  readonly codes: Uint8Array
  readonly centroids: Float32Array
  readonly normCodes: Uint8Array
}

/** The parts of a quantised matrix together; `normCodes` is empty if its rows keep their norms. */
export function createQuantizedRows(
  columns: number,
  subspaceSize: number,
  parts: Pick<QuantizedRows, 'codes' | 'centroids' | 'normCodes'>,
): QuantizedRows {
  return { columns, subspaceSize, codesPerRow: Math.ceil(columns / subspaceSize), ...parts }
}

/** Sets `hidden` to the mean of the listed rows, each sum rounded to float32 in the reference's order. */
export function averageQuantizedRows(hidden: Float32Array, matrix: QuantizedRows, rows: NumberList): void {
  hidden.fill(0)
  for (let i = 0; i < rows.length; i++) addQuantizedRow(hidden, matrix, rows.items[i] as number)
  const scale = Math.fround(1 / rows.length)
  for (let column = 0; column < hidden.length; column++) {
    hidden[column] = (hidden[column] as number) * scale
  }
}

/** Adds row `row` to `target`. */
export function addQuantizedRow(target: Float32Array, matrix: QuantizedRows, row: number): void {
  const { subspaceSize, codesPerRow, codes, centroids } = matrix
  const norm = normOf(matrix, row)
  let code = row * codesPerRow
  for (let column = 0; column < target.length; column += subspaceSize) {
    const width = Math.min(subspaceSize, target.length - column)
    const from = column * centroidCount + (codes[code++] as number) * width
    for (let j = 0; j < width; j++) {
      target[column + j] =
        (target[column + j] as number) + Math.fround(norm * (centroids[from + j] as number))
    }
  }
}

/** The product of row `row` with the vector. */
export function dotQuantizedRow(matrix: QuantizedRows, vector: Float32Array, row: number): number {
  const { subspaceSize, codesPerRow, codes, centroids } = matrix
  let sum = 0
  let code = row * codesPerRow
  for (let column = 0; column < vector.length; column += subspaceSize) {
    const width = Math.min(subspaceSize, vector.length - column)
    const from = column * centroidCount + (codes[code++] as number) * width
    for (let j = 0; j < width; j++) {
      sum = Math.fround(sum + Math.fround((vector[column + j] as number) * (centroids[from + j] as number)))
    }
  }
  return Math.fround(sum * normOf(matrix, row))
}

function normOf({ columns, centroids, normCodes }: QuantizedRows, row: number): number {
  if (normCodes.length === 0) return 1
  return centroids[columns * centroidCount + (normCodes[row] as number)] as number
}
