import type { BakeCheckName } from '../../../contracts/index.ts'
import type { Verdict } from '../verdict.ts'
import type { AnswerFigures, BakeLimits } from './figures.ts'
import { judgeFailures } from './judge-failures.ts'
import { judgeLabels } from './judge-labels.ts'
import { judgeLatency } from './judge-latency.ts'
import { notCompared } from './not-compared.ts'

export type BakeVerdict = Verdict & { readonly check: BakeCheckName }

const wayBack = 'a way back is judged by its failures alone'

/**
 * Compares a version that is being watched with the one before it, on the same kind of traffic. A way back, which has served
 * before, is judged by its failures alone: that its labels return, or that it is slower, is what was asked for.
 */
export function judgeBake(
  after: AnswerFigures,
  before: AnswerFigures,
  limits: BakeLimits,
  { isWayBack }: { readonly isWayBack: boolean },
): readonly BakeVerdict[] {
  return [
    { check: 'failures', ...judgeFailures(after, before, limits) },
    { check: 'latency', ...(isWayBack ? notCompared(wayBack) : judgeLatency(after, before, limits)) },
    { check: 'labels', ...(isWayBack ? notCompared(wayBack) : judgeLabels(after, before, limits)) },
  ]
}
