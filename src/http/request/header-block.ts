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

/** The value of the first header of a name; undefined if there is none. */
export function findHeader(block: HeaderBlock, name: string): string | undefined {
  // Most headers that are looked for are not there, which one search shows.
  if (!block.includes(name)) return undefined
  let isName = true
  for (let start = 0, end = 0; start <= block.length; start = end + 1, isName = !isName) {
    end = endOfLine(block, start)
    if (!isName || end - start !== name.length || !block.startsWith(name, start)) continue
    return block.slice(end + 1, endOfLine(block, end + 1))
  }
  return undefined
}

/** The values of all headers of a name, in their order. */
export function findHeaders(block: HeaderBlock, name: string): string[] {
  const list = splitHeaders(block)
  return list.filter((_, i) => i % 2 === 1 && list[i - 1] === name)
}

function endOfLine(block: HeaderBlock, start: number): number {
  const end = block.indexOf('\n', start)
  return end === -1 ? block.length : end
}
