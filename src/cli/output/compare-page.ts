import type { ExplainedComparison, ExplainedText } from '../../compare/index.ts'
import { escapeHtml } from '../../contracts/index.ts'
import type { ComparedText, RightCounts, Transition } from '../../gates/judge/index.ts'
import { formatChance, formatShare } from '../../gates/judge/index.ts'
import { largestShifts } from './largest-shifts.ts'
import type { Compared } from './show-comparison.ts'
import { formatAnswer, formatBecause } from './show-comparison.ts'

const changesShown = 500
const transitionsShown = 500
const labelsShown = 500
const featuresShown = 5

const style = `
  :root { color-scheme: light dark; --ink: #1c2330; --soft: #5b6577; --line: #dde2ea; --paper: #fff; --bar: #9db8e8; --good: #15803d; --bad: #b91c1c }
  @media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #9aa5b8; --line: #2b3340; --paper: #14181f; --bar: #3d5a94; --good: #4ade80; --bad: #f87171 } }
  body { font: 16px/1.6 system-ui, sans-serif; max-width: 60rem; margin: 3rem auto; padding: 0 1rem; color: var(--ink); background: var(--paper) }
  h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere } h2 { font-size: 1rem; margin: 2.5rem 0 .4rem } p, th { color: var(--soft) }
  .sum { font-size: 1.15rem; color: var(--ink) }
  .wide { overflow-x: auto } table { border-collapse: collapse; width: 100% }
  th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid var(--line) } th { font-weight: 500 }
  td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap } td.a { white-space: nowrap } td.t { overflow-wrap: anywhere; min-width: 14rem }
  .bar { display: block; height: .6rem; margin-top: .5rem; border-radius: .2rem; background: var(--bar) } .share { width: 30% }
  .good { color: var(--good) } .bad { color: var(--bad) } code { font: .9em ui-monospace, monospace }`

/** One self-contained page: what changes when version `b` replaces `a`. */
export function renderComparePage(compared: Compared, comparison: ExplainedComparison): string {
  const { model, a, b, on } = compared
  const { texts, changed, transitions, changes, truth } = comparison
  const title = `${model}: ${a} → ${b}`
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title><style>${style}</style></head>
<body>
<h1>${escapeHtml(title)}</h1>
<p>What changes in the answers to the ${texts} texts of <code>${escapeHtml(on)}</code></p>
<p class="sum">${changed} of ${texts} answers change (${formatShare(changed / texts)})${truth === undefined ? '' : `; ${sumUp(truth.all)}`}.</p>
${changed === 0 ? '' : transitionTable(transitions, changed)}
${truth === undefined ? '' : accuracyTable(truth)}
${changed === 0 ? '' : changeTable(changes, truth !== undefined)}
</body></html>
`
}

function sumUp({ examples, rightBefore, rightAfter }: RightCounts): string {
  return `${formatShare(rightBefore / examples)} were right before, ${formatShare(rightAfter / examples)} are after`
}

function transitionTable(transitions: readonly Transition[], changed: number): string {
  const rows = transitions
    .slice(0, transitionsShown)
    .map(
      ({ from, to, count }) =>
        `<tr><td><code>${escapeHtml(from ?? 'no label')}</code></td><td><code>${escapeHtml(to ?? 'no label')}</code></td><td class="n">${count}</td>` +
        `<td class="share"><span class="bar" style="width:${((100 * count) / changed).toFixed(1)}%"></span></td></tr>`,
    )
  const note = describeShown(transitions.length, transitionsShown)?.trim()
  return section('From which label to which', '<th>before<th>after<th class="n">texts<th>', rows, note)
}

function accuracyTable({ all, labels }: NonNullable<ExplainedComparison['truth']>): string {
  const row = (name: string, counts: RightCounts): string => {
    const { examples, rightBefore, rightAfter, gained, lost, chance } = counts
    const share = (right: number): string => `${right} (${formatShare(right / examples)})`
    const turn = rightAfter > rightBefore ? 'good' : rightAfter < rightBefore ? 'bad' : ''
    return (
      `<tr><td>${name}</td><td class="n">${examples}</td><td class="n">${share(rightBefore)}</td><td class="n ${turn}">${share(rightAfter)}</td>` +
      `<td class="n">${gained}</td><td class="n">${lost}</td><td class="n">${lost > gained ? `p ${escapeHtml(formatChance(chance))}` : ''}</td></tr>`
    )
  }
  const rows = [
    ...largestShifts(labels, labelsShown).map((counts) =>
      row(`<code>${escapeHtml(counts.label)}</code>`, counts),
    ),
    row('all', all),
  ]
  return section(
    'How often each label is right',
    '<th>label<th class="n">lines<th class="n">right before<th class="n">right after<th class="n">gained<th class="n">lost<th class="n">by chance',
    rows,
    'Gained: wrong before and right after; lost: the other way round. By chance: how likely such a loss is if the second is no worse (McNemar’s test).' +
      (describeShown(labels.length, labelsShown, ', those that change most') ?? ''),
  )
}

function changeTable(changes: readonly ExplainedText[], hasTruth: boolean): string {
  const rows = changes
    .slice(0, changesShown)
    .map(
      ({ text, truth, before, after, because }) =>
        `<tr><td class="t">${escapeHtml(text)}</td>${answerCell(before, truth)}${answerCell(after, truth)}` +
        (hasTruth ? `<td class="a"><code>${escapeHtml(truth.join(' '))}</code></td>` : '') +
        `<td>${escapeHtml(formatBecause(because, featuresShown))}</td></tr>`,
    )
  return section(
    'The changed texts',
    `<th>text<th>before<th>after${hasTruth ? '<th>right' : ''}<th>because of`,
    rows,
    `Most surprising first: those of which both versions are sure. Because of: the features that speak more for the new label than before, by how much (for the first 100).${describeShown(changes.length, changesShown) ?? ''}`,
  )
}

/** Undefined if all are shown. */
function describeShown(count: number, shown: number, which = ''): string | undefined {
  return count > shown ? ` Shown are ${shown} of ${count}${which}; \`--json\` has all.` : undefined
}

function answerCell(answer: ComparedText['before'], truth: readonly string[]): string {
  const judged =
    truth.length === 0 ? '' : answer !== undefined && truth.includes(answer.label) ? ' good' : ' bad'
  return `<td class="a${judged}"><code>${escapeHtml(formatAnswer(answer))}</code></td>`
}

function section(title: string, head: string, rows: readonly string[], note?: string): string {
  return `<h2>${title}</h2>${note === undefined ? '' : `\n<p>${note}</p>`}
<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>
${rows.join('\n')}
</tbody></table></div>`
}
