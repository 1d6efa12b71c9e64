import type { LabelTree } from '../predict/label-tree.ts'

/** An inner node of the tree, counted from 0, and the branch that leads on to the label. */
export type PathStep = { readonly node: number; readonly branch: 'left' | 'right' }

/** The way from the root of the tree to the leaf of a label. */
export function pathToLabel(tree: LabelTree, label: number): PathStep[] {
  const nLabels = tree.length / 2 + 1
  const path: PathStep[] = []
  let child = label
  // Each child lies below its parent.
  for (let i = 0; i < tree.length; i++) {
    if (tree[i] !== child) continue
    path.push({ node: i >> 1, branch: i % 2 === 0 ? 'left' : 'right' })
    child = nLabels + (i >> 1)
  }
  return path.reverse()
}
