import fc from 'fast-check'
import { expect, it } from 'vitest'

import { buildLabelTree, createTreeWalk, isLabelTree, type LabelTree, walkLabelTree } from './label-tree.ts'
import { createTopK } from './top-k.ts'

function depths(tree: LabelTree): number[] {
  const nLabels = tree.length / 2 + 1
  const result = new Array<number>(2 * nLabels - 1).fill(0)
  for (let inner = nLabels - 2; inner >= 0; inner--) {
    for (const child of tree.subarray(2 * inner, 2 * inner + 2)) {
      result[child] = (result[nLabels + inner] as number) + 1
    }
  }
  return result.slice(0, nLabels)
}

const counts = fc
  .array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 40 })
  .map((list) => list.toSorted((a, b) => b - a))

it('is a Huffman tree: no other assignment of its depths to the labels costs less', () => {
  fc.assert(
    fc.property(counts, (list) => {
      const tree = buildLabelTree(list)
      expect(isLabelTree(tree)).toBe(true)
      // Kraft's equality: the leaves fill the tree.
      const found = depths(tree)
      if (list.length > 1) expect(found.reduce((sum, depth) => sum + 2 ** -depth, 0)).toBeCloseTo(1, 9)
      // The cost of the textbook algorithm, which joins the two lightest until one is left.
      let cost = 0
      const heap = [...list]
      while (heap.length > 1) {
        heap.sort((a, b) => b - a)
        const joined = (heap.pop() as number) + (heap.pop() as number)
        heap.push(joined)
        cost += joined
      }
      expect(found.reduce((sum, depth, i) => sum + depth * (list[i] as number), 0)).toBe(cost)
    }),
  )
})

it('gives every label its share, and all shares together 1', () => {
  fc.assert(
    fc.property(
      counts,
      fc.array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: 40 }),
      (list, scores) => {
        const top = createTopK()
        const walk = createTreeWalk(list.length)
        walkLabelTree(top, buildLabelTree(list), walk, (node) => scores[node] as number, list.length, 0)
        const shares = Array.from(top.scores.subarray(0, top.size), Math.exp)
        expect(shares).toEqual(shares.toSorted((a, b) => b - a))
        // Each step of a path adds 1e-5 to its share, and paths under 1e-5 are left out.
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 1)
      },
    ),
  )
})

it('walks a tree as deep as it has labels', () => {
  const nLabels = 50_000
  const tree = buildLabelTree(new Array<number>(nLabels).fill(0))
  expect(Math.max(...depths(tree).slice(-9))).toBeGreaterThan(nLabels / 2)
  const top = createTopK()
  walkLabelTree(top, tree, createTreeWalk(nLabels), () => 0, 3, 0)
  expect(top.size).toBe(3)
})

it('refuses a tree with a child above its parent', () => {
  const tree = buildLabelTree([3, 2, 1])
  expect(isLabelTree(tree)).toBe(true)
  expect(isLabelTree(Int32Array.from(tree, (child, i) => (i === 1 ? 3 : child)))).toBe(false)
  expect(isLabelTree(Int32Array.from(tree, (child, i) => (i === 1 ? -1 : child)))).toBe(false)
})
