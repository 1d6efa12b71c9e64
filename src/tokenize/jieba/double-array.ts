/**
 * A trie in one array of cells (J. Aoe, "An efficient digital search algorithm by using a double-array structure",
 * 1989). Cell i has two numbers: `cells[2i]`, the base that its children are found from, 0 where it has none; and
 * `cells[2i + 1]`, the code of the character that leads to it (low 15 bits, 0 where the cell is free) with its value
 * above. The child of a cell by code c is cell base + c, if that cell's code is c: no two cells share a base, so the
 * code alone tells whose child it is. The root is cell 0; its children are at their codes.
 */
export const CODE_BITS = 15
export const CODE_MASK = (1 << CODE_BITS) - 1
export const MAXIMUM_VALUE = 2 ** (32 - CODE_BITS) - 1

/** A trie's nodes, the root first; the children of a node follow each other. Codes are from 1 to 2^15 - 1. */
export type TrieNodes = {
  readonly codes: readonly number[]
  readonly values: readonly number[]
  readonly firstChildren: readonly number[]
  readonly childCounts: readonly number[]
}

/** Which cells and which bases are taken; for a taken cell `nextFree` leads on towards the next free one. */
type Occupancy = { readonly nextFree: number[]; readonly takenBases: Set<number> }

function firstFree({ nextFree }: Occupancy, from: number): number {
  let cell = from
  while ((nextFree[cell] ?? cell) !== cell) cell = nextFree[cell] as number
  for (let passed = from; passed < cell;) {
    const next = nextFree[passed] as number
    nextFree[passed] = cell
    passed = next
  }
  return cell
}

function takeCell({ nextFree }: Occupancy, cell: number): void {
  while (nextFree.length <= cell) nextFree.push(nextFree.length)
  nextFree[cell] = cell + 1
}

function childCodes(nodes: TrieNodes, node: number): readonly number[] {
  const first = nodes.firstChildren[node] as number
  return nodes.codes.slice(first, first + (nodes.childCounts[node] as number))
}

/** The lowest base that nobody has and whose cells for `codes` are all free. */
function findBase(occupancy: Occupancy, codes: readonly number[]): number {
  const lowest = codes[0] as number
  const isFree = (cell: number) => (occupancy.nextFree[cell] ?? cell) === cell
  for (let cell = firstFree(occupancy, lowest + 1); ; cell = firstFree(occupancy, cell + 1)) {
    const base = cell - lowest
    if (!occupancy.takenBases.has(base) && codes.every((code) => isFree(base + code))) return base
  }
}

/** Nodes with many children come first, while there is room; those with one fill the holes. Ties keep their order. */
function placingOrder({ childCounts }: TrieNodes): number[] {
  const count = (node: number) => childCounts[node] as number
  return Array.from(childCounts.keys())
    .filter((node) => node > 0 && count(node) > 0)
    .sort((a, b) => count(b) - count(a))
}

function chooseBases(nodes: TrieNodes): number[] {
  const occupancy: Occupancy = { nextFree: [1], takenBases: new Set([0]) }
  const bases = new Array<number>(nodes.codes.length).fill(0)
  for (const code of childCodes(nodes, 0)) takeCell(occupancy, code)
  for (const node of placingOrder(nodes)) {
    const codes = childCodes(nodes, node)
    const base = findBase(occupancy, codes)
    for (const code of codes) takeCell(occupancy, base + code)
    occupancy.takenBases.add(base)
    bases[node] = base
  }
  return bases
}

/** Lays a trie out in cells. There are enough of them for base + code to be a cell for every base and `codeCount` codes. */
export function buildDoubleArray(nodes: TrieNodes, codeCount: number): Int32Array<ArrayBuffer> {
  const bases = chooseBases(nodes)
  const highestBase = bases.reduce((highest, base) => Math.max(highest, base), 0)
  const cells = new Int32Array(2 * (highestBase + codeCount))
  bases.forEach((base, node) => {
    const first = nodes.firstChildren[node] as number
    for (let child = first; child < first + (nodes.childCounts[node] as number); child++) {
      const code = nodes.codes[child] as number
      cells[2 * (base + code)] = bases[child] as number
      cells[2 * (base + code) + 1] = ((nodes.values[child] as number) << CODE_BITS) | code
    }
  })
  return cells
}

/** Visits every node but the root, with the codes that lead to it and its value. */
export function visitDoubleArray(
  cells: Int32Array,
  visit: (path: readonly number[], value: number) => void,
): void {
  const ownerOfBase = new Map<number, number>()
  for (let cell = 1; 2 * cell < cells.length; cell++) ownerOfBase.set(cells[2 * cell] as number, cell)
  ownerOfBase.set(0, 0)
  for (let cell = 1; 2 * cell < cells.length; cell++) {
    const head = cells[2 * cell + 1] as number
    if (head === 0) continue
    visit(pathTo(cells, ownerOfBase, cell), head >>> CODE_BITS)
  }
}

function pathTo(cells: Int32Array, ownerOfBase: ReadonlyMap<number, number>, cell: number): number[] {
  const path: number[] = []
  for (let at = cell; at !== 0;) {
    const code = (cells[2 * at + 1] as number) & CODE_MASK
    path.push(code)
    at = ownerOfBase.get(at - code) ?? 0
  }
  return path.reverse()
}
