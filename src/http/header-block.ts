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

/** The value of the first header of a name; undefined where there is none. */
export function findHeader(block: HeaderBlock, name: string): string | undefined {
  const list = splitHeaders(block)
  for (let i = 0; i + 1 < list.length; i += 2) if (list[i] === name) return list[i + 1]
  return undefined
}
