/** A reused list of int32 numbers: `items[0 .. length)` count. `reserve` before writing past the end. */
export type NumberList = { items: Int32Array; length: number }

export function createNumberList(capacity: number): NumberList {
  return { items: new Int32Array(capacity), length: 0 }
}

/** Makes room for `extra` more numbers. */
export function reserve(list: NumberList, extra: number): void {
  const needed = list.length + extra
  if (needed <= list.items.length) return
  const grown = new Int32Array(Math.max(needed, list.items.length * 2))
  grown.set(list.items.subarray(0, list.length))
  list.items = grown
}
