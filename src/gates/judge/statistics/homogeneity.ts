import { upperTailOfChiSquare } from './chi-square.ts'
import type { Cell, Sizes } from './two-samples.ts'
import { addCells } from './two-samples.ts'

/** Below this expected count the chi-square distribution no longer describes an outcome. */
const minExpected = 5

/**
 * The chance that two samples of the same distribution differ at least as much as these do: the chi-square test of homogeneity
 * (Pearson 1900). Outcomes that are too rare for it count together.
 */
export function chanceOfHomogeneity(cells: readonly Cell[], sizes: Sizes): number {
  const tested = poolRare(cells, sizes)
  const size = sizes.before + sizes.after
  const chiSquare = tested.reduce((sum, cell) => {
    const count = cell.before + cell.after
    const expected = (count * sizes.before) / size
    const expectedAfter = (count * sizes.after) / size
    return sum + (cell.before - expected) ** 2 / expected + (cell.after - expectedAfter) ** 2 / expectedAfter
  }, 0)
  return upperTailOfChiSquare(chiSquare, tested.length - 1)
}

function poolRare(cells: readonly Cell[], sizes: Sizes): readonly Cell[] {
  const smallerShare = Math.min(sizes.before, sizes.after) / (sizes.before + sizes.after)
  const isRare = (cell: Cell): boolean => (cell.before + cell.after) * smallerShare < minExpected
  const rare = cells.filter(isRare)
  const common = cells.filter((cell) => !isRare(cell))
  return rare.length === 0 ? common : [...common, rare.reduce(addCells, { before: 0, after: 0 })]
}
