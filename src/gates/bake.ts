import { formatChance, formatShare } from './format-figures.ts'
import { upperTailOfNormal } from './normal-tail.ts'

/** What an instance answered in a stretch of time; `labels` counts the best labels that its model gave. */
export type AnswerFigures = {
  readonly answered: number
  readonly failed: number
  /** Null where too little was answered to know. */
  readonly p99Ms: number | null
  readonly labels: Readonly<Record<string, number>>
}

export type BakeLimits = {
  /** The share of failed answers. */
  readonly maxErrorRate: number
  /** What the slowest hundredth may take in any case, in ms; and how many times as long as on the old version. */
  readonly p99BudgetMs: number
  readonly maxSlowdown: number
  /** The share of the answers that may have moved from one label to others. */
  readonly maxShift: number
}

/** Fewer answers say nothing about their slowest hundredth. */
const fewestForP99 = 200

/** Smaller than 0.05, since the bake looks again and again. */
const significance = 0.001

/** Where the chi-square distribution no longer describes a count. */
const fewestExpected = 5

/** Why a version that is being watched must go, from its figures and those of the old version on like traffic; undefined where it may stay. */
export function findBakeFault(
  primary: AnswerFigures,
  backup: AnswerFigures,
  { maxErrorRate, p99BudgetMs, maxSlowdown, maxShift }: BakeLimits,
): string | undefined {
  const { answered, failed, p99Ms } = primary
  if (failed > 0 && failed > maxErrorRate * answered)
    return `${failed} of ${answered} answers failed, ${formatShare(maxErrorRate)} are allowed`
  if (
    p99Ms !== null &&
    backup.p99Ms !== null &&
    Math.min(answered, backup.answered) >= fewestForP99 &&
    p99Ms > p99BudgetMs &&
    p99Ms > maxSlowdown * backup.p99Ms
  )
    return `the slowest hundredth of its answers took over ${p99Ms.toFixed(1)} ms, ${backup.p99Ms.toFixed(1)} ms before`
  const shift = measureShift(backup.labels, primary.labels, maxShift)
  if (shift.share > maxShift && shift.chance < significance)
    return `its answers are distributed otherwise: ${formatShare(shift.share)} went from one label to another, ${formatShare(maxShift)} are allowed (p ${formatChance(shift.chance)})`
  return undefined
}

export type Shift = {
  /** The share of the answers that would have to be another label for the two to be alike (total variation). */
  readonly share: number
  /**
   * The chance of such a difference where no more than what is allowed has moved. Two things must be unlikely: samples of the
   * same answers (the chi-square test of homogeneity), and, for the labels that have become more, a share that is as far
   * from the one before as is allowed (the score test of a difference). A few answers so do not make a small move a large one.
   */
  readonly chance: number
}

type Counts = Readonly<Record<string, number>>

/** How far two distributions of labels are apart, where a share `allowed` may move. Labels that are too rare for the test count together. */
export function measureShift(before: Counts, after: Counts, allowed: number): Shift {
  const [sizeBefore, sizeAfter] = [sum(Object.values(before)), sum(Object.values(after))]
  if (sizeBefore === 0 || sizeAfter === 0) return { share: 0, chance: 1 }
  const cells = [...new Set([...Object.keys(before), ...Object.keys(after)])].map((label) => ({
    before: before[label] ?? 0,
    after: after[label] ?? 0,
  }))
  const share = sum(cells.map((cell) => Math.abs(cell.before / sizeBefore - cell.after / sizeAfter))) / 2
  const size = sizeBefore + sizeAfter
  const least = (cell: Cell): number => ((cell.before + cell.after) * Math.min(sizeBefore, sizeAfter)) / size
  const common = cells.filter((cell) => least(cell) >= fewestExpected)
  const rare = cells.filter((cell) => least(cell) < fewestExpected)
  const tested =
    rare.length === 0
      ? common
      : [
          ...common,
          { before: sum(rare.map((cell) => cell.before)), after: sum(rare.map((cell) => cell.after)) },
        ]
  const chiSquare = sum(
    tested.map((cell) => {
      const expected = ((cell.before + cell.after) * sizeBefore) / size
      const expectedAfter = ((cell.before + cell.after) * sizeAfter) / size
      return (cell.before - expected) ** 2 / expected + (cell.after - expectedAfter) ** 2 / expectedAfter
    }),
  )
  const grown = cells.filter((cell) => cell.after / sizeAfter > cell.before / sizeBefore)
  const grownBefore = sum(grown.map((cell) => cell.before)) / sizeBefore
  const furthest = Math.min(1, grownBefore + allowed)
  const spread = Math.sqrt(variance(grownBefore) / sizeBefore + variance(furthest) / sizeAfter)
  return {
    share,
    chance: Math.max(
      chanceOfChiSquare(chiSquare, tested.length - 1),
      share > allowed ? upperTailOfNormal((share - allowed) / spread) : 1,
    ),
  }
}

function variance(share: number): number {
  return share * (1 - share)
}

type Cell = { readonly before: number; readonly after: number }

/** The upper tail of the chi-square distribution, by the cube root that is nearly normal (Wilson and Hilferty 1931). */
function chanceOfChiSquare(value: number, degrees: number): number {
  if (degrees < 1) return 1
  const spread = 2 / (9 * degrees)
  return upperTailOfNormal((Math.cbrt(value / degrees) - (1 - spread)) / Math.sqrt(spread))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
