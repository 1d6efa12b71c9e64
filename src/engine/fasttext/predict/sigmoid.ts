import { overflow } from '../errors.ts'

const maxScore = 8
const tableSteps = 512

/** The reference's table: the logistic function at 513 points from -8 to 8. */
const sigmoidTable = Float32Array.from({ length: tableSteps + 1 }, (_, i) => {
  const score = Math.fround((i * 2 * maxScore) / tableSteps - maxScore)
  return 1 / (1 + Math.fround(Math.exp(-score)))
})

/**
 * Turns the scores of the labels into independent probabilities, in place, as the losses ns and ova do: by the
 * table, 0 below -8 and 1 above 8. Throws `not_a_number` if the model's numbers overflow.
 */
export function sigmoids(scores: Float32Array): void {
  for (let i = 0; i < scores.length; i++) scores[i] = tableSigmoid(scores[i] as number)
}

function tableSigmoid(score: number): number {
  if (score < -maxScore) return 0
  if (score > maxScore) return 1
  if (Number.isNaN(score)) throw overflow()
  return sigmoidTable[Math.floor(Math.fround(score + maxScore) * (tableSteps / maxScore / 2))] as number
}

/**
 * The logistic function as the loss hs takes it, rounded to float32 step by step as in the reference. Throws
 * `not_a_number`.
 */
export function logistic(score: number): number {
  if (Number.isNaN(score)) throw overflow()
  return Math.fround(1 / Math.fround(1 + Math.fround(Math.exp(-score))))
}
