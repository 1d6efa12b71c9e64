/** The dictionary's numbers, and where its first entry begins. */
const offsets = { words: 68, entries: 92 } as const

/** After an entry's word and a zero: its count, eight bytes, and its type, one. */
const countAndTypeBytes = 9

/** The same fastText model with its first two labels in each other's place: whole, and wrong about both. */
export function swapLabels(bytes: Buffer): Buffer {
  let at: number = offsets.entries
  for (let i = 0; i < bytes.readInt32LE(offsets.words); i++) at = endOfEntry(bytes, at)
  const middle = endOfEntry(bytes, at)
  const end = endOfEntry(bytes, middle)
  const first = splitEntry(bytes.subarray(at, middle))
  const second = splitEntry(bytes.subarray(middle, end))
  return Buffer.concat([
    bytes.subarray(0, at),
    second.word,
    first.rest,
    first.word,
    second.rest,
    bytes.subarray(end),
  ])
}

function endOfEntry(bytes: Buffer, from: number): number {
  return bytes.indexOf(0, from) + 1 + countAndTypeBytes
}

function splitEntry(entry: Buffer): { readonly word: Buffer; readonly rest: Buffer } {
  const wordEnd = entry.length - countAndTypeBytes
  return { word: entry.subarray(0, wordEnd), rest: entry.subarray(wordEnd) }
}
