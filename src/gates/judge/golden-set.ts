import type { Comparison, LabelCounts, RightCounts } from './compare-answers.ts'
import { formatChance, formatNames, formatShare } from './format-figures.ts'
import { describeOnlyLabel } from './only-label.ts'
import type { Verdict } from './verdict.ts'
import { judge, maxListed } from './verdict.ts'

export type GoldenLimits = { readonly minAccuracy: number; readonly margin: number }

/** The chance that is too small to be taken for chance. */
const significance = 0.05

/** With fewer examples of a label not even the loss of all of them would be significant. */
const minExamples = 5

/** How many labels that are worse are named with their counts, the least likely chance losses first. */
const worseShown = 20

/**
 * Whether a version knows a labelled set well enough, and no label worse than the active version by more than a margin. A loss
 * counts if it is over the margin and significant: for all labels together, and for each alone with Holm's correction
 * (1979), since among many labels one is always unlucky.
 */
export function judgeGolden(
  { truth, unlabelled, onlyLabel }: Comparison,
  activeVersion: string | null,
  { minAccuracy, margin }: GoldenLimits,
  modelLabels?: readonly string[],
): Verdict {
  if (truth === undefined)
    return judge(
      [
        'the golden set has no labelled line; write __label__… in its lines, or the labels as the model has them',
      ],
      '',
      {},
    )
  const { all, labels } = truth
  const leftOut = describeUnlabelled(unlabelled) + describeUnknown(labels, modelLabels)
  const accuracy = all.rightAfter / all.examples
  const now = `${all.rightAfter} of ${all.examples} right (${formatShare(accuracy)})`
  const worse =
    activeVersion === null
      ? []
      : [
          ...(isWorse(all, margin) && all.chance <= significance
            ? [describe('all labels together', all)]
            : []),
          ...withHolm(labels)
            .filter((counts) => isWorse(counts, margin))
            .map((counts) => describe(counts.label, counts)),
        ]
  const worseFaults = worse.slice(0, worseShown).map((fault) => `worse than ${activeVersion ?? ''}: ${fault}`)
  const faults = [
    ...(accuracy < minAccuracy ? [`${now}, and ${formatShare(minAccuracy)} are required${leftOut}`] : []),
    ...worseFaults,
    ...(worse.length > worseShown ? [`and ${worse.length - worseShown} more labels`] : []),
  ]
  const compared =
    activeVersion === null
      ? ', nothing serves yet to compare with'
      : `, ${all.rightBefore} by ${activeVersion}: ${all.gained} gained, ${all.lost} lost${fewExamples(labels)}`
  return judge(faults, now + compared + leftOut + describeOnlyLabel(onlyLabel), {
    accuracy,
    ...all,
    labels: mostSignificantLosses(labels),
    labelCount: labels.length,
  })
}

/** Those whose loss is the least likely to be chance, if there are too many to list. */
function mostSignificantLosses(labels: readonly LabelCounts[]): readonly LabelCounts[] {
  if (labels.length <= maxListed) return labels
  return labels.toSorted((a, b) => a.chance - b.chance).slice(0, maxListed)
}

function isWorse({ lost, gained, examples }: RightCounts, margin: number): boolean {
  return lost - gained > margin * examples
}

/** The labels whose loss is significant among all of them. */
function withHolm(labels: readonly LabelCounts[]): LabelCounts[] {
  const sorted = labels.toSorted((a, b) => a.chance - b.chance)
  const first = sorted.findIndex(({ chance }, index) => chance > significance / (sorted.length - index))
  return first < 0 ? sorted : sorted.slice(0, first)
}

function describe(name: string, { rightBefore, rightAfter, examples, chance }: RightCounts): string {
  return `${name}, ${rightBefore} of ${examples} right before, ${rightAfter} now (p ${formatChance(chance)})`
}

function fewExamples(labels: readonly LabelCounts[]): string {
  const few = labels.filter(({ examples }) => examples < minExamples)
  return few.length === 0 ? '' : `; too few lines to tell: ${nameWithExamples(few)}`
}

function nameWithExamples(labels: readonly LabelCounts[]): string {
  return formatNames(labels.map(({ label, examples }) => `${label} (${examples})`))
}

function describeUnlabelled(count: number): string {
  return count === 0 ? '' : `; lines without a label, which are not counted: ${count}`
}

/** Such labels can never be right; a new spelling of a label looks like that. */
function describeUnknown(labels: readonly LabelCounts[], modelLabels: readonly string[] | undefined): string {
  if (modelLabels === undefined) return ''
  const known = new Set(modelLabels)
  const unknown = labels.filter(({ label }) => !known.has(label))
  return unknown.length === 0 ? '' : `; it does not have the labels ${nameWithExamples(unknown)}`
}
