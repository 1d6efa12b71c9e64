import { chooseBases } from './choose-bases.ts'
import type { TrieNodes } from './word-trie.ts'

/**
 * A trie in one array of cells (J. Aoe, "An efficient digital search algorithm by using a double-array structure",
 * 1989). Cell i has two numbers: `cells[2i]`, the base that its children are found from, 0 if it has none; and
 * `cells[2i + 1]`, the code of the character that leads to it (low 15 bits, 0 where the cell is free) with its value
 * above. The child of a cell by code c is cell base + c, if that cell's code is c: no two cells share a base, so the
 * code alone tells whose child it is. The root is cell 0; its children are at their codes.
 */
export const codeBits = 15
export const codeMask = (1 << codeBits) - 1
export const maxValue = 2 ** (32 - codeBits) - 1

/** A trie that is laid out in cells, and can be written into `cellCount` of them. */
export type DoubleArray = { readonly cellCount: number; readonly write: (cells: Int32Array) => void }

/** Lays a trie out. There are enough cells for base + code to be one for every base and `codeCount` codes. */
export function layOutTrie(nodes: TrieNodes, codeCount: number): DoubleArray {
  const bases = chooseBases(nodes)
  const highestBase = bases.reduce((highest, base) => Math.max(highest, base), 0)
  return { cellCount: highestBase + codeCount, write: (cells) => writeCells(nodes, bases, cells) }
}

function writeCells(nodes: TrieNodes, bases: Int32Array, cells: Int32Array): void {
  bases.forEach((base, node) => {
    const first = nodes.firstChildren[node] as number
    for (let child = first; child < first + (nodes.childCounts[node] as number); child++) {
      const code = nodes.codes[child] as number
      cells[2 * (base + code)] = bases[child] as number
      cells[2 * (base + code) + 1] = ((nodes.values[child] as number) << codeBits) | code
    }
  })
}

/** Visits every node but the root, with the codes that lead to it and its value. */
export function visitDoubleArray(
  cells: Int32Array,
  visit: (path: readonly number[], value: number) => void,
): void {
  const ownerOfBase = new Uint32Array(cells.length / 2)
  for (let cell = 1; 2 * cell < cells.length; cell++) ownerOfBase[cells[2 * cell] as number] = cell
  ownerOfBase[0] = 0
  for (let cell = 1; 2 * cell < cells.length; cell++) {
    const head = cells[2 * cell + 1] as number
    if (head === 0) continue
    visit(pathTo(cells, ownerOfBase, cell), head >>> codeBits)
  }
}

function pathTo(cells: Int32Array, ownerOfBase: Uint32Array, cell: number): number[] {
  const path: number[] = []
  for (let at = cell; at !== 0;) {
    const code = (cells[2 * at + 1] as number) & codeMask
    path.push(code)
    at = ownerOfBase[at - code] as number
  }
  return path.reverse()
}
