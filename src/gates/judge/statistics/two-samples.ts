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
    .map((outcome) => ({ before: countOf(before, outcome), after: countOf(after, outcome) }))
    .filter((cell) => cell.before + cell.after > 0)
}

/** An outcome may be called `constructor`. */
function countOf(counts: Readonly<Record<string, number>>, outcome: string): number {
  return Object.hasOwn(counts, outcome) ? (counts[outcome] ?? 0) : 0
}

export function sizesOf(cells: readonly Cell[]): Sizes {
  return cells.reduce(addCells, { before: 0, after: 0 })
}

export function addCells(a: Cell, b: Cell): Cell {
  return { before: a.before + b.before, after: a.after + b.after }
}
