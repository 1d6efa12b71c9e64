/** How often one outcome occurs in each of two samples. */
export type Cell = { readonly before: number; readonly after: number }

/** The sizes of two samples. */
export type Sizes = { readonly before: number; readonly after: number }

/** The outcomes that occur in either of two samples. */
export function pairCounts(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): readonly Cell[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .map((outcome) => ({ before: before[outcome] ?? 0, after: after[outcome] ?? 0 }))
    .filter((cell) => cell.before + cell.after > 0)
}

export function sizesOf(cells: readonly Cell[]): Sizes {
  return cells.reduce(addCells, { before: 0, after: 0 })
}

export function addCells(a: Cell, b: Cell): Cell {
  return { before: a.before + b.before, after: a.after + b.after }
}
