import type { Comparison } from './compare-answers.ts'
import { formatShare } from './format-figures.ts'
import { describeOnlyLabel } from './only-label.ts'
import { lowestShare } from './statistics/normal-tail.ts'
import type { Verdict } from './verdict.ts'
import { judge, maxListed } from './verdict.ts'

const transitionsShown = 3

/** Whether few enough of the recorded texts are answered differently; a few texts do not prove a share, so its lowest likely value counts. */
export function judgeAgreement(
  { texts, changed, transitions, onlyLabel }: Comparison,
  { maxChanged }: { readonly maxChanged: number },
  recorded = texts,
): Verdict {
  const lowest = lowestShare(changed, texts)
  const asked = recorded > texts ? `the newest ${texts} of ${recorded}` : String(texts)
  const found = `${changed} of ${asked} recorded texts are answered differently (${formatShare(changed / texts)})`
  const most = transitions
    .slice(0, transitionsShown)
    .map(({ from, to, count }) => `${count} from ${from ?? 'no label'} to ${to ?? 'no label'}`)
  const faults =
    lowest > maxChanged ? [`${found}, ${formatShare(maxChanged)} are allowed: ${most.join(', ')}`] : []
  return judge(faults, found + describeOnlyLabel(onlyLabel), {
    texts,
    changed,
    lowestShare: lowest,
    transitions: transitions.slice(0, maxListed),
    transitionCount: transitions.length,
  })
}
