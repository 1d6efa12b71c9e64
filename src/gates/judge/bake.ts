import type { BakeCheckName, LabelTally } from '../../contracts/index.ts'
import { formatChance, formatShare } from './format-figures.ts'
import { alignTallies } from './label-tally.ts'
import { meanDeviationOfBinomial } from './statistics/binomial-deviation.ts'
import { upperTailOfBinomial } from './statistics/binomial-tail.ts'
import { upperTailOfNormal } from './statistics/normal-tail.ts'
import type { Verdict } from './verdict.ts'
import { judge, skip } from './verdict.ts'

/** What an instance answered in a stretch of time; `labels` counts the best labels that its model gave. */
export type AnswerFigures = {
  readonly answered: number
  /** With 5xx, or not at all. */
  readonly failed: number
  readonly p99Ms: number | null
  readonly labels: Pick<LabelTally, 'isShared' | 'counts'>
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

export type BakeVerdict = Verdict & { readonly check: BakeCheckName }

/** Fewer answers do not show that a version is as the one before; a fault they may show. */
const fewestAnswers = 200

/** One or two failures are no fault of a version, whatever was before. */
const fewestFailures = 3

/** Smaller than 0.05, since the bake looks again and again. */
const significance = 0.001

/** Where the chi-square distribution no longer describes a count. */
const fewestExpected = 5

/** In standard deviations: one label in some hundred does so by chance. */
const clearlyDiffers = 3

const wayBack = 'a way back is judged by its failures alone'

/**
 * Compares a version that is being watched with the one before it on like traffic. A way back, which has served before, is
 * judged by its failures alone: that its labels come back, or that it takes its time, is what was asked for.
 */
export function judgeBake(
  after: AnswerFigures,
  before: AnswerFigures,
  limits: BakeLimits,
  { isWayBack }: { readonly isWayBack: boolean },
): readonly BakeVerdict[] {
  return [
    { check: 'failures', ...judgeFailures(after, before, limits) },
    { check: 'latency', ...(isWayBack ? skip(notCompared(wayBack)) : judgeLatency(after, before, limits)) },
    { check: 'labels', ...(isWayBack ? skip(notCompared(wayBack)) : judgeLabels(after, before, limits)) },
  ]
}

/** A fault where more fail than may, and surely more than did before: a caller who makes some fail does so with any version. */
function judgeFailures(after: AnswerFigures, before: AnswerFigures, { maxErrorRate }: BakeLimits): Verdict {
  const { failed } = after
  const answered = Math.max(after.answered, failed)
  const chance = chanceOfFailures(after, before, maxErrorRate)
  const figures = { answered, failed, answeredBefore: before.answered, failedBefore: before.failed, chance }
  const ofBefore = before.answered === 0 ? '' : `, ${before.failed} of ${before.answered} before`
  const isFault = failed >= fewestFailures && failed > maxErrorRate * answered && chance < significance
  if (isFault)
    return judge(
      [
        `${failed} of ${answered} answers failed, ${formatShare(maxErrorRate)} are allowed${ofBefore} (p ${formatChance(chance)})`,
      ],
      '',
      figures,
    )
  return answered < fewestAnswers
    ? { ...skip(tooFew(answered)), figures }
    : judge([], `${failed} of ${answered} answers failed${ofBefore}`, figures)
}

/**
 * The chance of so many failures where the version fails no more often than is allowed, or no more often than the one before.
 * For the latter, at least so many of the failures of both must be its own (the conditional test of two rates). A version
 * before that was asked less than `fewestAnswers` times is no measure by itself: what is missing counts as asked, and as many
 * of it as failed as may.
 */
function chanceOfFailures(after: AnswerFigures, before: AnswerFigures, maxErrorRate: number): number {
  const answered = Math.max(after.answered, after.failed)
  if (answered === 0) return 1
  const missing = Math.max(0, fewestAnswers - before.answered)
  const answeredBefore = Math.max(before.answered, before.failed) + missing
  const failedBefore = before.failed + Math.ceil(missing * maxErrorRate)
  return Math.max(
    upperTailOfBinomial(after.failed, answered, maxErrorRate),
    upperTailOfBinomial(after.failed, after.failed + failedBefore, answered / (answered + answeredBefore)),
  )
}

function judgeLatency(
  after: AnswerFigures,
  before: AnswerFigures,
  { p99BudgetMs, maxSlowdown }: BakeLimits,
): Verdict {
  const figures = { p99Ms: after.p99Ms, p99MsBefore: before.p99Ms }
  if (after.answered < fewestAnswers || after.p99Ms === null)
    return { ...skip(tooFew(after.answered)), figures }
  if (before.answered < fewestAnswers || before.p99Ms === null)
    return { ...skip(tooFew(before.answered, ' before')), figures }
  const isSlow = after.p99Ms > p99BudgetMs && after.p99Ms > maxSlowdown * before.p99Ms
  const [p99, p99Before] = [after.p99Ms.toFixed(1), before.p99Ms.toFixed(1)]
  return judge(
    isSlow ? [`the slowest hundredth of its answers took over ${p99} ms, ${p99Before} ms before`] : [],
    `p99 ${p99} ms, ${p99Before} ms before`,
    figures,
  )
}

function judgeLabels(after: AnswerFigures, before: AnswerFigures, { maxShift }: BakeLimits): Verdict {
  const [countsBefore, countsAfter] = alignTallies(before.labels, after.labels)
  const labelled = sum(Object.values(countsAfter))
  const labelledBefore = sum(Object.values(countsBefore))
  const { share, chance } = measureShift(countsBefore, countsAfter, maxShift)
  const figures = { labelled, labelledBefore, share, chance }
  if (share > maxShift && chance < significance)
    return judge(
      [
        `its answers are distributed otherwise: ${formatShare(share)} went from one label to another, ${formatShare(maxShift)} are allowed (p ${formatChance(chance)})`,
      ],
      '',
      figures,
    )
  if (labelled < fewestAnswers)
    return {
      ...skip(after.answered < fewestAnswers ? tooFew(after.answered) : tooFew(labelled, ' with a label')),
      figures,
    }
  if (labelledBefore < fewestAnswers)
    return { ...skip(tooFew(labelledBefore, ' with a label before')), figures }
  return judge([], `${formatShare(share)} went from one label to another`, figures)
}

function tooFew(count: number, which = ''): string {
  return notCompared(`${count} ${count === 1 ? 'answer' : 'answers'}${which}, ${fewestAnswers} are needed`)
}

function notCompared(why: string): string {
  return `not compared: ${why}`
}

/** What came of watching, in one line: the counts, what was compared, and what was not and why. */
export function describeBake({
  answered,
  failed,
  checks,
}: {
  readonly answered: number
  readonly failed: number
  readonly checks: readonly {
    readonly check: BakeCheckName
    readonly outcome: string
    readonly sentence: string
  }[]
}): string {
  const skipped = checks.filter(({ outcome }) => outcome === 'skipped')
  const reasons = [...new Set(skipped.map(({ sentence }) => sentence))]
  const namesOf = (reason: string): string =>
    skipped
      .filter(({ sentence }) => sentence === reason)
      .map(({ check }) => check)
      .join(', ')
  return [
    `${answered} answers, ${failed} failed`,
    ...checks.flatMap(({ check, outcome, sentence }) => {
      if (outcome === 'overridden' || outcome === 'failed') return [`${outcome}: ${sentence}`]
      return outcome === 'passed' && check !== 'failures' ? [sentence] : []
    }),
    ...reasons.map((reason) =>
      skipped.length === checks.length && reasons.length === 1 ? reason : `${namesOf(reason)} ${reason}`,
    ),
  ].join('; ')
}

export type Shift = {
  /**
   * The share of the answers that would have to be another label for the two to be alike (total variation), less what chance
   * makes of it: with a thousand labels and as many answers two samples of the same answers differ by half.
   */
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
  const cells = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .map((label) => ({ before: before[label] ?? 0, after: after[label] ?? 0 }))
    .filter((cell) => cell.before + cell.after > 0)
  const share = shareBeyondChance(cells, sizeBefore, sizeAfter)
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

/**
 * Half the sum of the differences. Of labels that do not clearly differ, what two samples of the same answers would differ by on
 * average is taken off: of a thousand such labels that is much, however small it is of each. But all of them together have become
 * more or less by no chance, where others clearly have.
 */
function shareBeyondChance(cells: readonly Cell[], sizeBefore: number, sizeAfter: number): number {
  const chance = sizeBefore / (sizeBefore + sizeAfter)
  let clear = 0
  let unclear = 0
  let together = 0
  for (const { before, after } of cells) {
    const count = before + after
    const difference = before - count * chance
    // As the sizes of both are given, the counts of a frequent label vary less.
    const narrowed = Math.sqrt(1 - count / (sizeBefore + sizeAfter))
    if (Math.abs(difference) > clearlyDiffers * narrowed * Math.sqrt(count * variance(chance))) {
      clear += Math.abs(difference)
      continue
    }
    unclear += Math.abs(difference) - narrowed * meanDeviationOfBinomial(count, chance)
    together += difference
  }
  return ((1 / sizeBefore + 1 / sizeAfter) * (clear + Math.max(unclear, Math.abs(together)))) / 2
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
