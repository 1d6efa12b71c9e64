import type { ComparedText, Verdict } from '../../judge/index.ts'
import { compareAnswers, judge, judgeGolden, skip } from '../../judge/index.ts'
import type { Trial } from '../trial.ts'
import { modelOf } from '../trial.ts'

/** The gate `golden`: how often the labelled texts of the configuration are answered rightly. */
export function passGolden({ candidate, active, golden }: Trial): Verdict {
  switch (golden.state) {
    case 'absent':
      return skip(golden.why)
    case 'unreadable':
      return judge([golden.why], '', {})
    case 'read': {
      const before = modelOf(active)
      const compared = golden.lines.map(({ text, truth }): ComparedText => ({
        text,
        truth,
        before: before?.top(text),
        after: candidate.top(text),
      }))
      return judgeGolden(
        compareAnswers(compared),
        before?.manifest.version ?? null,
        golden.limits,
        candidate.predictor.labels,
      )
    }
  }
}
