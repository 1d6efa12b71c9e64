import { logScore } from './log-score.ts'
import { logistic } from './sigmoid.ts'
import { clearTopK, offerLabel, sortTopK, type TopK, worstScore } from './top-k.ts'

const notBuilt = 1e15

/**
 * The Huffman tree of the loss hs: node i below the number of labels is the leaf of label i; an inner node n
 * has its left and its right child at 2 · (n - nLabels) and the place after. The root is the last node.
 */
export type LabelTree = Int32Array

/** The tree that the reference rebuilds from the counts of the labels, in file order; each below 1e15. */
export function buildLabelTree(counts: readonly number[]): LabelTree {
  const nLabels = counts.length
  const weights = new Float64Array(2 * nLabels - 1).fill(notBuilt)
  weights.set(counts)
  const tree = new Int32Array(2 * (nLabels - 1))
  let leaf = nLabels - 1
  let node = nLabels
  const takeLightest = (): number =>
    leaf >= 0 && (weights[leaf] as number) < (weights[node] as number) ? leaf-- : node++
  for (let i = 0; i < nLabels - 1; i++) {
    const left = takeLightest()
    const right = takeLightest()
    tree[2 * i] = left
    tree[2 * i + 1] = right
    weights[nLabels + i] = (weights[left] as number) + (weights[right] as number)
  }
  return tree
}

/** Whether every child lies below its parent, so that a walk must end. */
export function isLabelTree(tree: LabelTree): boolean {
  const nLabels = tree.length / 2 + 1
  return tree.every((child, i) => child >= 0 && child < nLabels + Math.floor(i / 2))
}

/** Nodes that are still to be visited, and the log scores of their paths; reused. */
export type TreeWalk = { readonly nodes: Int32Array; readonly scores: Float32Array }

/** Room for a depth-first walk of a tree with `nLabels` labels, however lopsided. */
export function createTreeWalk(nLabels: number): TreeWalk {
  return { nodes: new Int32Array(nLabels + 1), scores: new Float32Array(nLabels + 1) }
}

/**
 * Fills `top` with the k best leaves, best first. `nodeScore` gives the score of an inner node, counted from 0.
 * As in the reference, a path ends when its score falls below that of `threshold` or of the worst of k found.
 */
export function walkLabelTree(
  top: TopK,
  tree: LabelTree,
  walk: TreeWalk,
  nodeScore: (node: number) => number,
  k: number,
  threshold: number,
): void {
  clearTopK(top, k)
  const nLabels = tree.length / 2 + 1
  const { nodes, scores } = walk
  const least = logScore(threshold)
  nodes[0] = 2 * nLabels - 2
  scores[0] = 0
  for (let left = 1; left > 0;) {
    const node = nodes[--left] as number
    const score = scores[left] as number
    if (score < least || score < worstScore(top, k)) continue
    if (node < nLabels) {
      offerLabel(top, k, score, node)
      continue
    }
    const inner = node - nLabels
    const share = logistic(nodeScore(inner))
    // The left child is visited first, so it is pushed last.
    nodes[left] = tree[2 * inner + 1] as number
    scores[left++] = score + logScore(share)
    nodes[left] = tree[2 * inner] as number
    scores[left++] = score + logScore(Math.fround(1 - share))
  }
  sortTopK(top)
}
