/** A trie's nodes, the root first; the children of a node follow each other. Codes are from 1 to 2^15 - 1. */
export type TrieNodes = {
  readonly codes: Uint16Array
  readonly values: Uint32Array
  readonly firstChildren: Uint32Array
  readonly childCounts: Uint16Array
}

function createNodes(count: number) {
  return {
    codes: new Uint16Array(count),
    values: new Uint32Array(count),
    firstChildren: new Uint32Array(count),
    childCounts: new Uint16Array(count),
  }
}

/** How many different beginnings sorted words have, themselves and the empty one included. */
function countBeginnings(sorted: readonly string[]): number {
  let count = 1
  let before = ''
  for (const word of sorted) {
    let shared = 0
    while (shared < before.length && before.charCodeAt(shared) === word.charCodeAt(shared)) shared++
    count += word.length - shared
    before = word
  }
  return count
}

/**
 * Builds a trie over UTF-16 units, breadth first. `codeOf` gives a unit's code, `valueOf` a word's value, 0 for none. All in
 * flat arrays: with a million user words there are millions of nodes.
 */
export function buildTrie(
  words: Iterable<string>,
  codeOf: (unit: number) => number,
  valueOf: (word: string) => number,
): TrieNodes {
  const sorted = Array.from(words)
    .filter((word) => word !== '')
    .sort()
  const count = countBeginnings(sorted)
  const nodes = createNodes(count)
  /** The words below each node: those from `lows` up to, and without, `highs`. */
  const [lows, highs] = [new Uint32Array(count), new Uint32Array(count)]
  highs[0] = sorted.length
  for (let node = 0, levelEnd = 1, depth = 0, end = 1; node < end; node++) {
    if (node === levelEnd) {
      levelEnd = end
      depth++
    }
    const high = highs[node] as number
    let low = lows[node] as number
    const first = sorted[low]
    if (node > 0 && first?.length === depth) {
      nodes.values[node] = valueOf(first)
      low++
    }
    nodes.firstChildren[node] = end
    while (low < high) {
      const unit = sorted[low]?.charCodeAt(depth) ?? 0
      lows[end] = low
      while (low < high && sorted[low]?.charCodeAt(depth) === unit) low++
      highs[end] = low
      nodes.codes[end++] = codeOf(unit)
    }
    nodes.childCounts[node] = end - (nodes.firstChildren[node] as number)
  }
  return nodes
}
