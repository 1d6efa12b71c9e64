import { formatChance, formatShare } from '../format-figures.ts'
import { measureShift } from '../statistics/measure-shift.ts'
import type { Verdict } from '../verdict.ts'
import { judge } from '../verdict.ts'
import type { AnswerFigures, BakeLimits } from './figures.ts'
import { minAnswers, significance } from './figures.ts'
import { alignTallies } from './label-tally.ts'
import { notCompared, tooFew } from './not-compared.ts'

const cannotTell = 'no worker tells which labels it gave; those of an older build cannot'
const none = { isShared: false, counts: [] }

/** A fault if significantly more answers than may have moved from one label to another. */
export function judgeLabels(after: AnswerFigures, before: AnswerFigures, { maxShift }: BakeLimits): Verdict {
  const cannot = ({ answered, labels }: AnswerFigures): boolean => answered > 0 && labels === undefined
  if (cannot(after) || cannot(before)) return notCompared(cannotTell)
  const [countsBefore, countsAfter] = alignTallies(before.labels ?? none, after.labels ?? none)
  const labelled = sum(Object.values(countsAfter))
  const labelledBefore = sum(Object.values(countsBefore))
  const { share, chance } = measureShift(countsBefore, countsAfter, maxShift)
  const figures = { labelled, labelledBefore, share, chance }
  if (share > maxShift && chance < significance)
    return judge(
      [
        `its answers are distributed differently: ${formatShare(share)} went from one label to another, ${formatShare(maxShift)} are allowed (p ${formatChance(chance)})`,
      ],
      '',
      figures,
    )
  if (after.answered < minAnswers && labelled < minAnswers) return tooFew(after.answered, '', figures)
  if (labelled < minAnswers) return tooFew(labelled, ' with a label', figures)
  if (labelledBefore < minAnswers) return tooFew(labelledBefore, ' with a label before', figures)
  return judge([], `${formatShare(share)} went from one label to another`, figures)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
