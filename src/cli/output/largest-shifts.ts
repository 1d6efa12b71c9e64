import type { LabelCounts } from '../../gates/judge/index.ts'

/** The labels whose counts have changed most, if there are more than are shown; else all, in their order. */
export function largestShifts(labels: readonly LabelCounts[], shown: number): readonly LabelCounts[] {
  if (labels.length <= shown) return labels
  const moved = ({ lost, gained }: LabelCounts): number => lost + gained
  return labels.toSorted((a, b) => moved(b) - moved(a)).slice(0, shown)
}
