import { overflow } from '../errors.ts'

/**
 * Turns the scores of the labels into their softmax probabilities, in place, rounded to float32 step by step as
 * in the reference. Throws `not_a_number` if the model's numbers overflow.
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
