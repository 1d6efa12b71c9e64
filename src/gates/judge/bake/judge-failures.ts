import { formatChance, formatShare } from '../format-figures.ts'
import { upperTailOfBinomial } from '../statistics/binomial-tail.ts'
import type { Verdict } from '../verdict.ts'
import { judge } from '../verdict.ts'
import type { AnswerFigures, BakeLimits } from './figures.ts'
import { minAnswers, significance } from './figures.ts'
import { tooFew } from './not-compared.ts'

/** One or two failures are no fault of a version, however many there were before. */
const minFailures = 3

/** A fault if more fail than may, and significantly more than did before: a caller who makes some fail does so with any version. */
export function judgeFailures(
  after: AnswerFigures,
  before: AnswerFigures,
  { maxErrorRate }: BakeLimits,
): Verdict {
  const { failed } = after
  const answered = Math.max(after.answered, failed)
  const chance = chanceOfFailures(after, before, maxErrorRate)
  const figures = { answered, failed, answeredBefore: before.answered, failedBefore: before.failed, chance }
  const ofBefore = before.answered === 0 ? '' : `, ${before.failed} of ${before.answered} before`
  const isFault = failed >= minFailures && failed > maxErrorRate * answered && chance < significance
  if (isFault)
    return judge(
      [
        `${failed} of ${answered} answers failed, ${formatShare(maxErrorRate)} are allowed${ofBefore} (p ${formatChance(chance)})`,
      ],
      '',
      figures,
    )
  return answered < minAnswers
    ? tooFew(answered, '', figures)
    : judge([], `${failed} of ${answered} answers failed${ofBefore}`, figures)
}

/**
 * The chance of this many failures if the version fails no more often than is allowed, or no more often than the one before.
 * For the latter, at least this many of the failures of both must be its own (the conditional test of two rates, Przyborowski and Wilenski 1940). A version
 * before that answered less than `minAnswers` times is not enough to compare with: what is missing counts as
 * answered, with as many failures as are allowed.
 */
function chanceOfFailures(after: AnswerFigures, before: AnswerFigures, maxErrorRate: number): number {
  const answered = Math.max(after.answered, after.failed)
  if (answered === 0) return 1
  const missing = Math.max(0, minAnswers - before.answered)
  const answeredBefore = Math.max(before.answered, before.failed) + missing
  const failedBefore = before.failed + Math.ceil(missing * maxErrorRate)
  return Math.max(
    upperTailOfBinomial(after.failed, answered, maxErrorRate),
    upperTailOfBinomial(after.failed, after.failed + failedBefore, answered / (answered + answeredBefore)),
  )
}
