/** The natural logarithm of a probability as the reference takes it: of p + 1e-5, rounded to float32. */
export function logScore(probability: number): number {
  return Math.fround(Math.log(probability + 1e-5))
}

/** The probability that the reference reports for a log score: about p + 1e-5, so up to 1.00001. */
export function reportedProbability(score: number): number {
  return Math.fround(Math.exp(score))
}
