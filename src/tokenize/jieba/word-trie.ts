/** A trie's nodes, the root first; the children of a node follow each other. Codes are from 1 to 2^15 - 1. */
export type TrieNodes = {
  readonly codes: readonly number[]
  readonly values: readonly number[]
  readonly firstChildren: readonly number[]
  readonly childCounts: readonly number[]
}

type OpenNode = { readonly low: number; readonly high: number; readonly depth: number }

/** The groups of `words[low, high)` that go on with the same character at `depth`, which all of them reach. */
function splitByCharacter(words: readonly string[], { low, high, depth }: OpenNode): OpenNode[] {
  const groups: OpenNode[] = []
  for (let from = low; from < high;) {
    const unit = words[from]?.charCodeAt(depth)
    let to = from + 1
    while (to < high && words[to]?.charCodeAt(depth) === unit) to++
    groups.push({ low: from, high: to, depth: depth + 1 })
    from = to
  }
  return groups
}

/** Builds a trie over UTF-16 units, breadth first. `codeOf` gives a unit's code, `valueOf` a word's value, 0 for none. */
export function buildTrie(
  words: readonly string[],
  codeOf: (unit: number) => number,
  valueOf: (word: string) => number,
): TrieNodes {
  const sorted = words.filter((word) => word !== '').sort()
  const nodes = { codes: [0], values: [0], firstChildren: [0], childCounts: [0] }
  const open: OpenNode[] = [{ low: 0, high: sorted.length, depth: 0 }]
  for (const [node, range] of open.entries()) {
    const isWord = sorted[range.low]?.length === range.depth
    const groups = splitByCharacter(sorted, { ...range, low: range.low + (isWord && node > 0 ? 1 : 0) })
    nodes.firstChildren[node] = open.length
    nodes.childCounts[node] = groups.length
    for (const group of groups) {
      const word = sorted[group.low]?.slice(0, group.depth) ?? ''
      nodes.codes.push(codeOf(word.charCodeAt(word.length - 1)))
      nodes.values.push(valueOf(word))
      open.push(group)
    }
  }
  return nodes
}
