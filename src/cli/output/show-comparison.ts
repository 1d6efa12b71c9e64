import type { ExplainedComparison, ExplainedText } from '../../compare/index.ts'
import type { ComparedText, RightCounts } from '../../gates/judge/index.ts'
import { formatChance, formatShare } from '../../gates/judge/index.ts'
import { largestShifts } from './largest-shifts.ts'
import { formatTable, print, printLine } from './output.ts'

/** What was compared, as every form of the result begins. */
export type Compared = {
  readonly model: string
  readonly a: string
  readonly b: string
  readonly on: string
}

const changesShown = 20
const featuresShown = 3
const transitionsShown = 50
const labelsShown = 50
const charactersShown = 60

/** Prints what changes: how many answers, from which label to which, the accuracy if it is known, and the texts. */
export function showComparison({ model, a, b, on }: Compared, comparison: ExplainedComparison): void {
  const { texts, changed, transitions, changes, truth } = comparison
  printLine(`${model}: ${a} → ${b}, on ${on}`)
  printLine(`${changed} of ${texts} answers change (${formatShare(changed / texts)})`)
  if (changed > 0)
    print(
      `\n${formatTable([
        ['from', 'to', 'texts'],
        ...transitions
          .slice(0, transitionsShown)
          .map(({ from, to, count }) => [from ?? '-', to ?? '-', String(count)]),
      ])}${describeRest(transitions.length, transitionsShown, '')}`,
    )
  if (truth !== undefined)
    print(
      `\n${formatTable([
        ['label', 'lines', 'right before', 'right after', 'gained', 'lost', 'by chance'],
        ...largestShifts(truth.labels, labelsShown).map((counts) => accuracyRow(counts.label, counts)),
        accuracyRow('all', truth.all),
      ])}${describeRest(truth.labels.length, labelsShown, ' labels, which change less or not')}`,
    )
  if (changed === 0) return
  printLine(changed > changesShown ? `\nthe ${changesShown} most surprising changes` : '')
  print(
    formatTable([
      ['text', 'before', 'after', 'right', 'because of'],
      ...changes.slice(0, changesShown).map(changeRow),
    ]),
  )
}

function describeRest(count: number, shown: number, what: string): string {
  return count > shown ? `and ${count - shown} more${what}; --json lists all\n` : ''
}

function accuracyRow(name: string, counts: RightCounts): string[] {
  const { examples, rightBefore, rightAfter, gained, lost, chance } = counts
  return [
    name,
    String(examples),
    `${rightBefore} (${formatShare(rightBefore / examples)})`,
    `${rightAfter} (${formatShare(rightAfter / examples)})`,
    String(gained),
    String(lost),
    lost > gained ? `p ${formatChance(chance)}` : '',
  ]
}

function changeRow({ text, truth, before, after, because }: ExplainedText): string[] {
  return [
    formatText(text),
    formatAnswer(before),
    formatAnswer(after),
    truth.join(' '),
    formatBecause(because, featuresShown),
  ]
}

/** `您 +1.25, 贵姓 +0.40`; `-` if the change cannot be explained. */
export function formatBecause(because: ExplainedText['because'], count: number): string {
  if (because === undefined) return '-'
  return because
    .slice(0, count)
    .map(({ text, score }) => `${text} ${score < 0 ? '' : '+'}${score.toFixed(2)}`)
    .join(', ')
}

/** A caller's text may be long, and may have control characters. */
function formatText(text: string): string {
  const shown = text.replace(/\p{Cc}/gu, '·')
  const characters = Array.from(shown)
  return characters.length <= charactersShown ? shown : `${characters.slice(0, charactersShown).join('')}…`
}

/** `__label__name 0.994`; `-` if a version has no feature of the text. */
export function formatAnswer(answer: ComparedText['before']): string {
  return answer === undefined ? '-' : `${answer.label} ${Math.min(1, answer.probability).toFixed(3)}`
}
