import { percentile } from '../statistics.ts'
import type { Judgement, Outcome } from './judge.ts'

export type Figures = { readonly sent: number } & Readonly<Record<Outcome, number>> & {
    /** From a request’s last byte to its answer; of those that were answered. Null where none was. */
    readonly p50Ms: number | null
    readonly p99Ms: number | null
    /** The longest time in which no answer came, from the first request to the last. */
    readonly worstGapMs: number | null
  }

export function countFigures(judgements: readonly Judgement[]): Figures {
  const counts = { right: 0, wrong: 0, twice: 0, lost: 0, refused: 0, unknown: 0 }
  for (const { outcome } of judgements) counts[outcome]++
  const times = judgements.flatMap(({ exchange: { answers, completeMs } }) =>
    answers.slice(0, 1).map(({ atMs }) => Math.max(0, atMs - completeMs)),
  )
  return {
    sent: judgements.length,
    ...counts,
    p50Ms: orNull(percentile(times, 0.5)),
    p99Ms: orNull(percentile(times, 0.99)),
    worstGapMs: judgements.length === 0 ? null : worstGap(judgements),
  }
}

function worstGap(judgements: readonly Judgement[]): number {
  const begunMs = judgements[0]?.exchange.sentMs ?? NaN
  const endedMs = judgements.at(-1)?.exchange.sentMs ?? NaN
  const answeredMs = judgements.flatMap(({ exchange }) => exchange.answers.map(({ atMs }) => atMs))
  const moments = [begunMs, ...answeredMs, endedMs].sort((a, b) => a - b)
  return moments.reduce((worstMs, atMs, i) => Math.max(worstMs, atMs - (moments[i - 1] ?? atMs)), 0)
}

/** JSON has no NaN. */
function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value
}
