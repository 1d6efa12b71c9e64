import { performance } from 'node:perf_hooks'

import type { ComparedText, Verdict } from '../../judge/index.ts'
import { compareAnswers, judgeAgreement, skip } from '../../judge/index.ts'
import type { Trial } from '../trial.ts'

/** What a prediction costs depends on the model, so the time is limited, not the number of texts. */
const timeLimitMs = 10_000

/** The gate `agreement`: recorded texts, the newest first, are answered as the active version answers them. */
export function passAgreement({ start, candidate, active, recorded }: Trial): Verdict {
  if (active.state === 'absent') return skip(active.why)
  if (recorded.length === 0) return skip(`no text of ${start.target.model} is recorded`)
  const compared: ComparedText[] = []
  const endMs = performance.now() + timeLimitMs
  for (const text of recorded.toReversed()) {
    compared.push({ text, truth: [], before: active.model.top(text), after: candidate.top(text) })
    if (performance.now() > endMs) break
  }
  return judgeAgreement(compareAnswers(compared), start.gates.agreement, recorded.length)
}
