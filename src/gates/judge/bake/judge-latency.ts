import type { Verdict } from '../verdict.ts'
import { judge } from '../verdict.ts'
import type { AnswerFigures, BakeLimits } from './figures.ts'
import { minAnswers } from './figures.ts'
import { tooFew } from './not-compared.ts'

/** A fault if the slowest hundredth of the answers takes longer than the budget, and clearly longer than before. */
export function judgeLatency(
  after: AnswerFigures,
  before: AnswerFigures,
  { p99BudgetMs, maxSlowdown }: BakeLimits,
): Verdict {
  const figures = { p99Ms: after.p99Ms, p99MsBefore: before.p99Ms }
  if (after.answered < minAnswers || after.p99Ms === null) return tooFew(after.answered, '', figures)
  if (before.answered < minAnswers || before.p99Ms === null)
    return tooFew(before.answered, ' before', figures)
  const isSlow = after.p99Ms > p99BudgetMs && after.p99Ms > maxSlowdown * before.p99Ms
  const [p99, p99Before] = [after.p99Ms.toFixed(1), before.p99Ms.toFixed(1)]
  return judge(
    isSlow ? [`the slowest hundredth of its answers took over ${p99} ms, ${p99Before} ms before`] : [],
    `p99 ${p99} ms, ${p99Before} ms before`,
    figures,
  )
}
