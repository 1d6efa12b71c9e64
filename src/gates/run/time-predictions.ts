import type { Timings } from '../judge/index.ts'

type Answer = (text: string) => unknown

export type TimingOptions = {
  readonly nowMs: () => number
  /** The processor time of this process: on a busy machine a slice waits longer for the processor than it takes. */
  readonly usedMs: () => number
  /** How long to measure, apart from warming up, which takes half of it for each. */
  readonly budgetMs: number
}

/** Short enough that most slices pass without another process taking the core. */
const sliceMs = 1

const minPairs = 5

/** How long the predictions of a version take, in short slices in turns with those of the active one, on the same texts. */
export function timePredictions(
  after: Answer,
  before: Answer | undefined,
  texts: readonly string[],
  { nowMs, usedMs, budgetMs }: TimingOptions,
): Timings {
  const answers = before === undefined ? [after] : [after, before]
  const slowestMs = Math.max(...answers.map((answer) => warmUp(answer, texts, nowMs, budgetMs / 2)))
  const perSlice = Math.max(1, Math.floor(sliceMs / slowestMs))
  const endMs = nowMs() + budgetMs
  const times: number[][] = answers.map(() => [])
  for (let pair = 0; pair < minPairs || nowMs() < endMs; pair++) {
    const slice = Array.from(
      { length: perSlice },
      (_, i) => texts[(pair * perSlice + i) % texts.length] ?? '',
    )
    // Each goes first in half of the pairs.
    for (let i = 0; i < answers.length; i++) {
      const turn = (pair + i) % answers.length
      const answer = answers[turn] ?? after
      const begunMs = usedMs()
      for (const text of slice) answer(text)
      times[turn]?.push(((usedMs() - begunMs) * 1_000) / perSlice)
    }
  }
  return { after: times[0] ?? [], before: times[1] ?? null }
}

/** Answers until the virtual machine has compiled the code; returns the milliseconds a prediction at the end. */
function warmUp(answer: Answer, texts: readonly string[], nowMs: () => number, budgetMs: number): number {
  const endMs = nowMs() + budgetMs
  let lastMs = Infinity
  for (;;) {
    for (const text of texts) {
      const begunMs = nowMs()
      answer(text)
      lastMs = Math.min(lastMs, nowMs() - begunMs)
      if (nowMs() >= endMs) return Math.max(lastMs, 1e-3)
    }
  }
}
