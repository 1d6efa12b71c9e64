/** The chance that a standard normal number is above `z`, to 1e-7 (Abramowitz and Stegun 1964, 26.2.17). */
export function upperTailOfNormal(z: number): number {
  if (z < 0) return 1 - upperTailOfNormal(-z)
  const t = 1 / (1 + 0.2316419 * z)
  const factors = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429]
  const polynomial = factors.reduceRight((sum, factor) => (sum + factor) * t, 0)
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial
}

/** The least share that `count` of `total` speaks for with 97.5 % confidence (Wilson 1927). */
export function lowestShare(count: number, total: number): number {
  const z = 1.96
  const share = count / total
  const spread = z * Math.sqrt((share * (1 - share)) / total + (z / (2 * total)) ** 2)
  return Math.max(0, (share + (z * z) / (2 * total) - spread) / (1 + (z * z) / total))
}
