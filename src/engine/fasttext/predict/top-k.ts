import { logScore } from './log-score.ts'

/**
 * The best labels, found with a binary heap whose root is the worst of them. It makes the same moves as the
 * heap of the C++ library under the reference, since the order of labels with equal scores depends on them.
 */
export type TopK = {
  scores: Float32Array
  labels: Int32Array
  size: number
}

export function createTopK(): TopK {
  return { scores: new Float32Array(8), labels: new Int32Array(8), size: 0 }
}

/** Fills `top` with the k best labels of at least `threshold`, best first, by log score. */
export function selectTopK(top: TopK, probabilities: Float32Array, k: number, threshold: number): void {
  clearTopK(top, k)
  for (let label = 0; label < probabilities.length; label++) {
    const probability = probabilities[label] as number
    if (probability < threshold) continue
    const score = logScore(probability)
    if (score < worstScore(top, k)) continue
    offerLabel(top, k, score, label)
  }
  sortTopK(top)
}

/** Empties `top` and makes room for k labels. */
export function clearTopK(top: TopK, k: number): void {
  reserve(top, k + 1)
  top.size = 0
}

/** A score under this cannot be among the k best any more: that of the worst of k, -Infinity before there are k. */
export function worstScore(top: TopK, k: number): number {
  return top.size === k ? (top.scores[0] as number) : -Infinity
}

/** Adds a label; if there are then more than k, the worst is dropped. */
export function offerLabel(top: TopK, k: number, score: number, label: number): void {
  liftInto(top, top.size++, score, label)
  if (top.size > k) top.size = moveWorstToEnd(top, top.size)
}

/** Puts the labels into their order, best first; none can be offered after that. */
export function sortTopK(top: TopK): void {
  for (let left = top.size; left > 1;) left = moveWorstToEnd(top, left)
}

/**
 * The label that selectTopK with k = 1 and no threshold gives: the last of those whose log scores are equal
 * and best.
 */
export function selectBest(probabilities: Float32Array): number {
  let best = 0
  let bestProbability = probabilities[0] as number
  let bestScore = logScore(bestProbability)
  for (let label = 1; label < probabilities.length; label++) {
    const probability = probabilities[label] as number
    // So much smaller that its logarithm cannot round to the same number.
    if (probability + 1e-5 < (bestProbability + 1e-5) * 0.99) continue
    const score = logScore(probability)
    if (score < bestScore) continue
    best = label
    bestProbability = probability
    bestScore = score
  }
  return best
}

function reserve(top: TopK, capacity: number): void {
  if (capacity <= top.scores.length) return
  top.scores = new Float32Array(capacity)
  top.labels = new Int32Array(capacity)
}

/** Puts an entry into the hole at `hole` and lifts it over every parent that is better. */
function liftInto(top: TopK, hole: number, score: number, label: number): void {
  while (hole > 0) {
    const parent = (hole - 1) >> 1
    if (!((top.scores[parent] as number) > score)) break
    copyEntry(top, parent, hole)
    hole = parent
  }
  top.scores[hole] = score
  top.labels[hole] = label
}

/** Takes the worst of the first `size` entries to their end; returns the size of the heap that is left. */
function moveWorstToEnd(top: TopK, size: number): number {
  const last = size - 1
  const score = top.scores[last] as number
  const label = top.labels[last] as number
  copyEntry(top, 0, last)
  liftInto(top, sinkHole(top, last), score, label)
  return last
}

/** Lets the hole at the root sink along the worse children down to a leaf, which it returns. */
function sinkHole(top: TopK, size: number): number {
  let hole = 0
  while (2 * hole + 1 < size) {
    const right = 2 * hole + 2
    const left = right - 1
    const child =
      right < size && !((top.scores[right] as number) > (top.scores[left] as number)) ? right : left
    copyEntry(top, child, hole)
    hole = child
  }
  return hole
}

function copyEntry(top: TopK, from: number, to: number): void {
  top.scores[to] = top.scores[from] as number
  top.labels[to] = top.labels[from] as number
}
