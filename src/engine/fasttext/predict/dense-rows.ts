import type { NumberList } from '../compiled/number-list.ts'

/** So few rows at a time that their cache lines and pages stay at hand from one column to the next. */
const rowsAtOnce = 16

/**
 * Sets `hidden` to the mean of the listed rows of `inputRows` (float32, hidden.length columns: dimensions, or
 * outputs where the model is folded). Every sum is rounded to float32 in the order of the rows, as in the
 * reference.
 */
export function averageRows(hidden: Float32Array, inputRows: Float32Array, rows: NumberList): void {
  hidden.fill(0)
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    addRows(hidden, inputRows, rows.items, from, Math.min(rows.length, from + rowsAtOnce))
  }
  const scale = Math.fround(1 / rows.length)
  for (let column = 0; column < hidden.length; column++) {
    hidden[column] = (hidden[column] as number) * scale
  }
}

function addRows(
  hidden: Float32Array,
  inputRows: Float32Array,
  ids: Int32Array,
  from: number,
  to: number,
): void {
  let column = 0
  for (; column + 8 <= hidden.length; column += 8) addEightColumns(hidden, inputRows, ids, from, to, column)
  for (; column < hidden.length; column++) addColumn(hidden, inputRows, ids, from, to, column)
}

function addColumn(
  hidden: Float32Array,
  inputRows: Float32Array,
  ids: Int32Array,
  from: number,
  to: number,
  column: number,
): void {
  let sum = hidden[column] as number
  for (let i = from; i < to; i++) {
    sum = Math.fround(sum + (inputRows[(ids[i] as number) * hidden.length + column] as number))
  }
  hidden[column] = sum
}

/** Eight columns at once: their sums stay in registers, and the rows come out of memory side by side. */
function addEightColumns(
  hidden: Float32Array,
  inputRows: Float32Array,
  ids: Int32Array,
  from: number,
  to: number,
  column: number,
): void {
  let a = hidden[column] as number
  let b = hidden[column + 1] as number
  let c = hidden[column + 2] as number
  let d = hidden[column + 3] as number
  let e = hidden[column + 4] as number
  let f = hidden[column + 5] as number
  let g = hidden[column + 6] as number
  let h = hidden[column + 7] as number
  for (let i = from; i < to; i++) {
    const at = (ids[i] as number) * hidden.length + column
    a = Math.fround(a + (inputRows[at] as number))
    b = Math.fround(b + (inputRows[at + 1] as number))
    c = Math.fround(c + (inputRows[at + 2] as number))
    d = Math.fround(d + (inputRows[at + 3] as number))
    e = Math.fround(e + (inputRows[at + 4] as number))
    f = Math.fround(f + (inputRows[at + 5] as number))
    g = Math.fround(g + (inputRows[at + 6] as number))
    h = Math.fround(h + (inputRows[at + 7] as number))
  }
  hidden[column] = a
  hidden[column + 1] = b
  hidden[column + 2] = c
  hidden[column + 3] = d
  hidden[column + 4] = e
  hidden[column + 5] = f
  hidden[column + 6] = g
  hidden[column + 7] = h
}

/**
 * Sets `products` to the float32 matrix (products.length rows, vector.length columns) times the vector. Each
 * product is summed in float64 and rounded once: closer to the true one than the reference's float32 sum, and
 * faster, as JavaScript has to round every step of a float32 sum separately.
 */
export function multiply(products: Float32Array, matrix: Float32Array, vector: Float32Array): void {
  let i = 0
  for (; i + 8 <= products.length; i += 8) multiplyEightRows(products, matrix, vector, i)
  for (; i < products.length; i++) products[i] = dotRow(matrix, vector, i)
}

/** The product of row `row` of a float32 matrix of vector.length columns with the vector, rounded to float32. */
export function dotRow(matrix: Float32Array, vector: Float32Array, row: number): number {
  const start = row * vector.length
  let sum = 0
  for (let j = 0; j < vector.length; j++) sum += (matrix[start + j] as number) * (vector[j] as number)
  return Math.fround(sum)
}

/** Eight rows at once: each sum waits for its own last addition only, so that they run side by side. */
function multiplyEightRows(
  products: Float32Array,
  matrix: Float32Array,
  vector: Float32Array,
  row: number,
): void {
  const dim = vector.length
  const a = row * dim
  const b = a + dim
  const c = b + dim
  const d = c + dim
  const e = d + dim
  const f = e + dim
  const g = f + dim
  const h = g + dim
  let sumA = 0
  let sumB = 0
  let sumC = 0
  let sumD = 0
  let sumE = 0
  let sumF = 0
  let sumG = 0
  let sumH = 0
  for (let j = 0; j < dim; j++) {
    const value = vector[j] as number
    sumA += (matrix[a + j] as number) * value
    sumB += (matrix[b + j] as number) * value
    sumC += (matrix[c + j] as number) * value
    sumD += (matrix[d + j] as number) * value
    sumE += (matrix[e + j] as number) * value
    sumF += (matrix[f + j] as number) * value
    sumG += (matrix[g + j] as number) * value
    sumH += (matrix[h + j] as number) * value
  }
  products[row] = sumA
  products[row + 1] = sumB
  products[row + 2] = sumC
  products[row + 3] = sumD
  products[row + 4] = sumE
  products[row + 5] = sumF
  products[row + 6] = sumG
  products[row + 7] = sumH
}
