/** A trie's nodes breadth first, the root first; the children of a node follow each other. Codes are from 1 to 2^15 - 1. */
export type TrieNodes = {
  readonly codes: Uint16Array
  readonly values: Uint32Array
  readonly firstChildren: Uint32Array
  readonly childCounts: Uint16Array
}
