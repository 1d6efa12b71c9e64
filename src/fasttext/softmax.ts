import { PredictionError } from './errors.ts'

/**
 * Turns the scores of the labels into their softmax probabilities, in place, rounded to float32 step by step as
 * in the reference. Throws `not_a_number` where the model's numbers overflow.
 */
export function softmax(scores: Float32Array): void {
  let largest = scores[0] as number
  for (let i = 1; i < scores.length; i++) largest = Math.max(largest, scores[i] as number)
  let total = 0
  for (let i = 0; i < scores.length; i++) {
    const power = Math.fround(Math.exp(Math.fround((scores[i] as number) - largest)))
    scores[i] = power
    total = Math.fround(total + power)
  }
  if (Number.isNaN(total)) throw overflow()
  for (let i = 0; i < scores.length; i++) scores[i] = (scores[i] as number) / total
}

/** Sets `products` to the float32 matrix (products.length rows, vector.length columns) times the vector. */
export function multiply(products: Float32Array, matrix: Float32Array, vector: Float32Array): void {
  let i = 0
  for (; i + 4 <= products.length; i += 4) multiplyFourRows(products, matrix, vector, i)
  for (; i < products.length; i++) multiplyRow(products, matrix, vector, i)
}

function multiplyRow(products: Float32Array, matrix: Float32Array, vector: Float32Array, row: number): void {
  const start = row * vector.length
  let sum = 0
  for (let j = 0; j < vector.length; j++) {
    sum = Math.fround(sum + Math.fround((matrix[start + j] as number) * (vector[j] as number)))
  }
  products[row] = sum
}

/** Four rows at once: each sum waits for its own last addition only, so that four can run side by side. */
function multiplyFourRows(
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
  let sumA = 0
  let sumB = 0
  let sumC = 0
  let sumD = 0
  for (let j = 0; j < dim; j++) {
    const x = vector[j] as number
    sumA = Math.fround(sumA + Math.fround((matrix[a + j] as number) * x))
    sumB = Math.fround(sumB + Math.fround((matrix[b + j] as number) * x))
    sumC = Math.fround(sumC + Math.fround((matrix[c + j] as number) * x))
    sumD = Math.fround(sumD + Math.fround((matrix[d + j] as number) * x))
  }
  products[row] = sumA
  products[row + 1] = sumB
  products[row + 2] = sumC
  products[row + 3] = sumD
}

function overflow(): PredictionError {
  return new PredictionError(
    'not_a_number',
    'The numbers of this model are so large that a score overflowed. Train it with a lower -lr.',
  )
}
