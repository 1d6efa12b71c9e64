import type { TrieNodes } from './word-trie.ts'

const allFree = 0xffffffff

/** From so many nodes on, jieba's own dictionary having half as many, and up to so many children. */
const largeTrie = 1_000_000
const fillingSize = 8

/** One bit a cell and one a base, set while nobody has it; grown as needed, both of the same length. */
type Occupancy = { freeCells: Uint32Array; freeBases: Uint32Array; highestCell: number }

function createOccupancy(cellCount: number): Occupancy {
  const words = Math.ceil(cellCount / 32)
  const freeBases = new Uint32Array(words).fill(allFree)
  freeBases[0] = allFree - 1
  return { freeCells: new Uint32Array(words).fill(allFree), freeBases, highestCell: 0 }
}

function grown(bits: Uint32Array): Uint32Array {
  const larger = new Uint32Array(2 * bits.length).fill(allFree)
  larger.set(bits)
  return larger
}

/** Makes room for a node whose highest code is `highestCode`: at the latest it fits behind all others. */
function reserve(occupancy: Occupancy, highestCode: number): void {
  while (occupancy.highestCell + highestCode + 96 > 32 * occupancy.freeCells.length) {
    occupancy.freeCells = grown(occupancy.freeCells)
    occupancy.freeBases = grown(occupancy.freeBases)
  }
}

function clearBit(bits: Uint32Array, at: number): void {
  bits[at >>> 5] = (bits[at >>> 5] as number) & ~(1 << (at & 31))
}

function takeBase(occupancy: Occupancy, base: number, codes: ArrayLike<number>): void {
  clearBit(occupancy.freeBases, base)
  for (let child = 0; child < codes.length; child++) {
    const cell = base + (codes[child] as number)
    clearBit(occupancy.freeCells, cell)
    occupancy.highestCell = Math.max(occupancy.highestCell, cell)
  }
}

/**
 * The first window from `from` on in which a base is free and has all its cells free. A window is 32 bases, of which each is one bit.
 * Nearly all windows fail at the first child, so that is tried before all else.
 */
function findWindow({ freeCells, freeBases }: Occupancy, from: number, codes: ArrayLike<number>): number {
  const first = codes[0] as number
  const offset = first >>> 5
  const shift = first & 31
  for (let window = from; ; window++) {
    const bases = freeBases[window] as number
    if (bases === 0) continue
    const low = (freeCells[window + offset] as number) >>> shift
    // In two steps, since a shift by 32 is one by 0.
    const high = ((freeCells[window + offset + 1] as number) << 1) << (31 - shift)
    if ((bases & (low | high)) !== 0 && fittingBases(freeCells, bases, window, codes) !== 0) return window
  }
}

/** Which of these bases of a window have all their cells free. */
function fittingBases(
  freeCells: Uint32Array,
  bases: number,
  window: number,
  codes: ArrayLike<number>,
): number {
  let fitting = bases
  for (let child = 0; fitting !== 0 && child < codes.length; child++) {
    const code = codes[child] as number
    const word = window + (code >>> 5)
    const shift = code & 31
    fitting &=
      ((freeCells[word] as number) >>> shift) | (((freeCells[word + 1] as number) << 1) << (31 - shift))
  }
  return fitting
}

/** The codes of a node's children, rising: the lowest ones, being the most frequent, fail soonest. */
function childCodes(nodes: TrieNodes, node: number): Uint16Array {
  const first = nodes.firstChildren[node] as number
  return nodes.codes.slice(first, first + (nodes.childCounts[node] as number)).sort()
}

/** Nodes with many children come first, while there is room; those with few fill the holes. Ties keep their order. */
function placingOrder({ childCounts }: TrieNodes): Uint32Array {
  const most = childCounts.reduce((a, b) => Math.max(a, b), 0)
  /** The start of the nodes with each number of children, most first. */
  const starts = new Uint32Array(most + 2)
  for (let node = 1; node < childCounts.length; node++) {
    const next = most - (childCounts[node] as number) + 1
    starts[next] = (starts[next] as number) + 1
  }
  for (let at = 1; at < starts.length; at++) starts[at] = (starts[at] as number) + (starts[at - 1] as number)
  const order = new Uint32Array(starts[most] as number)
  for (let node = 1; node < childCounts.length; node++) {
    const count = childCounts[node] as number
    if (count === 0) continue
    const at = starts[most - count] as number
    starts[most - count] = at + 1
    order[at] = node
  }
  return order
}

/**
 * Chooses a base for each node that has children, 0 for the root and for leaves: the first one that fits, looked for in
 * 32 places at a time. The search for nodes of equal size starts a thirty-second of the way nearer to the last place
 * found each time, which costs some 2 % of the cells and saves most of the time. In a large trie the search restarts only
 * for nodes with so few children that they fill holes: for those with hundreds it passed over all of the others each time,
 * which took three quarters of a minute for a million user words.
 */
export function chooseBases(nodes: TrieNodes): Int32Array {
  const occupancy = createOccupancy(nodes.codes.length)
  const bases = new Int32Array(nodes.codes.length)
  const rootCodes = childCodes(nodes, 0)
  reserve(occupancy, rootCodes.at(-1) ?? 0)
  takeBase(occupancy, 0, rootCodes)
  const isSmall = nodes.codes.length < largeTrie
  let size = 0
  let firstWindow = 0
  for (const node of placingOrder(nodes)) {
    const codes = childCodes(nodes, node)
    reserve(occupancy, codes.at(-1) ?? 0)
    if (codes.length !== size && (isSmall || codes.length <= fillingSize)) firstWindow = 0
    size = codes.length
    const window = findWindow(occupancy, firstWindow, codes)
    firstWindow += (window - firstWindow) >> 5
    const { freeCells, freeBases } = occupancy
    const fitting = fittingBases(freeCells, freeBases[window] as number, window, codes)
    bases[node] = 32 * window + 31 - Math.clz32(fitting & -fitting)
    takeBase(occupancy, bases[node], codes)
  }
  return bases
}
