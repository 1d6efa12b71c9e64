import type { TrieNodes } from './word-trie.ts'

/** Spreads parents and units over the slots (multiplicative hashing by the golden ratio). */
const spread = 0x9e3779b1

const initialSize = 1024

/** In place of a frequency: the node is the first half of a character beyond U+FFFF, which alone is not a prefix of a word. */
const notAWord = NaN

/**
 * Words and their beginnings with a frequency each: a trie over UTF-16 units that words can be added to. A million user words
 * have millions of beginnings, which as strings in a `Map` took half a gigabyte; here each takes some 22 bytes.
 */
export class WordTable {
  /** By node, of which 0 is the root: the unit that leads to it, the node that it leads from, and its frequency. */
  #units = new Uint16Array(initialSize)
  #parents = new Uint32Array(initialSize)
  #frequencies = new Float64Array(initialSize).fill(notAWord)
  #count = 1
  /** The nodes but the root, by the hash of parent and unit; 0 if there is none. */
  #slots = new Uint32Array(2 * initialSize)

  /** The node that a unit leads to from another one; 0 if there is none. */
  child(parent: number, unit: number): number {
    const mask = this.#slots.length - 1
    for (let slot = hash(parent, unit) & mask; ; slot = (slot + 1) & mask) {
      const node = this.#slots[slot] as number
      if (node === 0 || (this.#units[node] === unit && this.#parents[node] === parent)) return node
    }
  }

  /** The frequency at a node; undefined if it is neither a word nor a beginning of whole characters. */
  frequencyAt(node: number): number | undefined {
    const frequency = this.#frequencies[node] as number
    return Number.isNaN(frequency) ? undefined : frequency
  }

  get(word: string): number | undefined {
    let node = 0
    for (let at = 0; at < word.length; at++) {
      node = this.child(node, word.charCodeAt(at))
      if (node === 0) return undefined
    }
    return this.frequencyAt(node)
  }

  /** Gives a word its frequency; beginnings of it that are not known yet get 0. The empty word is none. */
  set(word: string, frequency: number): void {
    let node = 0
    for (let at = 0; at < word.length; at++) {
      const unit = word.charCodeAt(at)
      const next = this.child(node, unit)
      node = next === 0 ? this.#add(node, unit) : next
      const isWhole = !isHighSurrogate(unit) || !isLowSurrogate(word.charCodeAt(at + 1))
      if (isWhole && this.frequencyAt(node) === undefined) this.#frequencies[node] = 0
    }
    if (node !== 0) this.#frequencies[node] = frequency
  }

  /** All different frequencies, rising, 0 among them. */
  differentFrequencies(): number[] {
    const different = new Set([0])
    for (let node = 1; node < this.#count; node++) {
      const frequency = this.frequencyAt(node)
      if (frequency !== undefined) different.add(frequency)
    }
    return [...different].sort((a, b) => a - b)
  }

  /** How often each unit occurs in all words and beginnings. */
  countUnits(): Map<number, number> {
    /** How many words and beginnings there are below each node, itself included: children come after their parents. */
    const below = new Uint32Array(this.#count)
    const counts = new Map<number, number>()
    for (let node = this.#count - 1; node > 0; node--) {
      if (this.frequencyAt(node) !== undefined) below[node] = (below[node] as number) + 1
      const [parent, unit] = [this.#parents[node] as number, this.#units[node] as number]
      below[parent] = (below[parent] as number) + (below[node] as number)
      counts.set(unit, (counts.get(unit) ?? 0) + (below[node] as number))
    }
    return counts
  }

  /** Turns into a trie breadth first, the children of a node by their units; the table is empty then, as both are large. */
  takeTrie(codeOf: (unit: number) => number, valueOf: (frequency: number) => number): TrieNodes {
    const count = this.#count
    const { starts, children } = this.#sortedChildren()
    const nodes: TrieNodes = {
      codes: new Uint16Array(count),
      values: new Uint32Array(count),
      firstChildren: new Uint32Array(count),
      childCounts: new Uint16Array(count),
    }
    /** The node here of each node there. */
    const from = new Uint32Array(count)
    for (let node = 0, end = 1; node < end; node++) {
      const own = from[node] as number
      if (node > 0) {
        nodes.codes[node] = codeOf(this.#units[own] as number)
        nodes.values[node] = valueOf(this.frequencyAt(own) ?? 0)
      }
      nodes.firstChildren[node] = end
      const last = starts[own + 1] as number
      for (let at = starts[own] as number; at < last; at++) from[end++] = children[at] as number
      nodes.childCounts[node] = end - (nodes.firstChildren[node] as number)
    }
    this.#empty()
    return nodes
  }

  /** The children of all nodes, those of a node from its start up to, and without, the start of the next one. */
  #sortedChildren(): { readonly starts: Uint32Array; readonly children: Uint32Array } {
    const starts = new Uint32Array(this.#count + 1)
    for (let node = 1; node < this.#count; node++) {
      const next = (this.#parents[node] as number) + 1
      starts[next] = (starts[next] as number) + 1
    }
    for (let node = 0; node < this.#count; node++)
      starts[node + 1] = (starts[node + 1] as number) + (starts[node] as number)
    const children = new Uint32Array(this.#count - 1)
    const filled = starts.slice()
    for (let node = 1; node < this.#count; node++) {
      const parent = this.#parents[node] as number
      children[filled[parent] as number] = node
      filled[parent] = (filled[parent] as number) + 1
    }
    const byUnit = (a: number, b: number): number => (this.#units[a] as number) - (this.#units[b] as number)
    for (let node = 0; node < this.#count; node++) {
      const [first, last] = [starts[node] as number, starts[node + 1] as number]
      if (last - first > 1) children.subarray(first, last).sort(byUnit)
    }
    return { starts, children }
  }

  #empty(): void {
    this.#units = new Uint16Array(initialSize)
    this.#parents = new Uint32Array(initialSize)
    this.#frequencies = new Float64Array(initialSize).fill(notAWord)
    this.#slots = new Uint32Array(2 * initialSize)
    this.#count = 1
  }

  #add(parent: number, unit: number): number {
    if (this.#count === this.#units.length) this.#grow()
    const node = this.#count++
    this.#units[node] = unit
    this.#parents[node] = parent
    this.#place(node)
    return node
  }

  #place(node: number): void {
    const mask = this.#slots.length - 1
    let slot = hash(this.#parents[node] as number, this.#units[node] as number) & mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    this.#slots[slot] = node
  }

  /** The slots are never more than half full. */
  #grow(): void {
    const size = this.#units.length * 2
    this.#units = grown(this.#units, new Uint16Array(size))
    this.#parents = grown(this.#parents, new Uint32Array(size))
    this.#frequencies = grown(this.#frequencies, new Float64Array(size).fill(notAWord))
    this.#slots = new Uint32Array(size * 2)
    for (let node = 1; node < this.#count; node++) this.#place(node)
  }
}

function hash(parent: number, unit: number): number {
  const mixed = Math.imul(parent, spread) ^ Math.imul(unit, 0x85ebca6b)
  return (mixed ^ (mixed >>> 15)) >>> 0
}

function grown<T extends Uint16Array | Uint32Array | Float64Array>(before: T, after: T): T {
  after.set(before)
  return after
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000
}
