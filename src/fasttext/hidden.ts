import type { NumberList } from './number-list.ts'

/**
 * Sets `hidden` to the mean of the listed rows of `inputRows` (float32, hidden.length columns). Every sum is
 * rounded to float32 in the order of the rows, as in the reference.
 */
export function averageRows(hidden: Float32Array, inputRows: Float32Array, rows: NumberList): void {
  const scale = Math.fround(1 / rows.length)
  let column = 0
  for (; column + 4 <= hidden.length; column += 4) averageFour(hidden, inputRows, rows, column, scale)
  for (; column < hidden.length; column++) averageOne(hidden, inputRows, rows, column, scale)
}

function averageOne(
  hidden: Float32Array,
  inputRows: Float32Array,
  rows: NumberList,
  column: number,
  scale: number,
): void {
  let sum = 0
  for (let i = 0; i < rows.length; i++) {
    sum = Math.fround(sum + (inputRows[(rows.items[i] as number) * hidden.length + column] as number))
  }
  hidden[column] = sum * scale
}

/** Four columns at once: the sums stay in registers, and the rows come out of memory side by side. */
function averageFour(
  hidden: Float32Array,
  inputRows: Float32Array,
  rows: NumberList,
  column: number,
  scale: number,
): void {
  const { items, length } = rows
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  for (let i = 0; i < length; i++) {
    const at = (items[i] as number) * hidden.length + column
    a = Math.fround(a + (inputRows[at] as number))
    b = Math.fround(b + (inputRows[at + 1] as number))
    c = Math.fround(c + (inputRows[at + 2] as number))
    d = Math.fround(d + (inputRows[at + 3] as number))
  }
  hidden[column] = a * scale
  hidden[column + 1] = b * scale
  hidden[column + 2] = c * scale
  hidden[column + 3] = d * scale
}
