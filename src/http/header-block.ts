/** Headers as the link carries them: `name\nvalue\n…`, names in lower case where we write them. */
export type HeaderBlock = string

/** Joins names and values, in turn, into a block. */
export function joinHeaders(namesAndValues: readonly string[]): HeaderBlock {
  return namesAndValues.join('\n')
}

/** The names and values of a block, in turn. */
export function splitHeaders(block: HeaderBlock): string[] {
  return block === '' ? [] : block.split('\n')
}
