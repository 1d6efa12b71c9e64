/** How often labels were predicted, were there (gold), and both. */
export type Counts = { predicted: number; gold: number; hits: number }

/** Counts over all examples, and for each label. */
export type Metrics = { examples: number; readonly all: Counts; readonly labels: Map<string, Counts> }

export function createMetrics(labels: readonly string[]): Metrics {
  const zero = (): Counts => ({ predicted: 0, gold: 0, hits: 0 })
  return { examples: 0, all: zero(), labels: new Map(labels.map((label) => [label, zero()])) }
}

/** Counts one example; a label that stands in the text twice counts twice, as in the reference. */
export function countExample(metrics: Metrics, gold: readonly string[], predicted: readonly string[]): void {
  metrics.examples++
  metrics.all.gold += gold.length
  metrics.all.predicted += predicted.length
  for (const label of gold) countsOf(metrics, label).gold++
  for (const label of predicted) {
    const counts = countsOf(metrics, label)
    counts.predicted++
    if (!gold.includes(label)) continue
    counts.hits++
    metrics.all.hits++
  }
}

function countsOf({ labels }: Metrics, label: string): Counts {
  const counts = labels.get(label)
  if (counts === undefined) throw new RangeError(`${label} is not a label of the model`)
  return counts
}

/** Each of these is NaN if there is nothing to divide by. */
export const precision = ({ hits, predicted }: Counts): number => hits / predicted
export const recall = ({ hits, gold }: Counts): number => hits / gold
export const f1Score = ({ hits, predicted, gold }: Counts): number => (2 * hits) / (predicted + gold)
