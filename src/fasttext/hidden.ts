import type { NumberList } from './number-list.ts'

/**
 * Sets `hidden` to the mean of the listed rows of `inputRows` (float32, hidden.length columns). Every sum is
 * rounded to float32 in the order of the rows, as in the reference.
 */
export function averageRows(hidden: Float32Array, inputRows: Float32Array, rows: NumberList): void {
  hidden.fill(0)
  let i = 0
  for (; i + 4 <= rows.length; i += 4) addFourRows(hidden, inputRows, rows.items, i)
  for (; i < rows.length; i++) addRow(hidden, inputRows, rows.items[i] as number)
  const scale = Math.fround(1 / rows.length)
  for (let j = 0; j < hidden.length; j++) hidden[j] = (hidden[j] as number) * scale
}

function addRow(hidden: Float32Array, inputRows: Float32Array, row: number): void {
  const start = row * hidden.length
  for (let j = 0; j < hidden.length; j++) {
    hidden[j] = (hidden[j] as number) + (inputRows[start + j] as number)
  }
}

/** Adds four rows one after the other in one pass, which saves most of the loads and stores of `hidden`. */
function addFourRows(hidden: Float32Array, inputRows: Float32Array, ids: Int32Array, from: number): void {
  const dim = hidden.length
  const a = (ids[from] as number) * dim
  const b = (ids[from + 1] as number) * dim
  const c = (ids[from + 2] as number) * dim
  const d = (ids[from + 3] as number) * dim
  for (let j = 0; j < dim; j++) {
    let sum = Math.fround((hidden[j] as number) + (inputRows[a + j] as number))
    sum = Math.fround(sum + (inputRows[b + j] as number))
    sum = Math.fround(sum + (inputRows[c + j] as number))
    hidden[j] = sum + (inputRows[d + j] as number)
  }
}
