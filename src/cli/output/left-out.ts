const labelsShown = 5

/** The lines of a labelled file that are not counted; empty lines are none. */
export type LeftOut = {
  lines: number
  /** Those without a label that the model has. */
  withoutLabel: number
  /** Those without a feature that the model has. */
  withoutWord: number
  /** How often each label stands there that the model does not have. */
  readonly unknown: Map<string, number>
}

export function createLeftOut(): LeftOut {
  return { lines: 0, withoutLabel: 0, withoutWord: 0, unknown: new Map() }
}

export function countUnknown({ unknown }: LeftOut, label: string): void {
  unknown.set(label, (unknown.get(label) ?? 0) + 1)
}

/** How many lines are not counted, and why; undefined if all are counted and every label is known. */
export function describeLeftOut({ lines, withoutLabel, withoutWord, unknown }: LeftOut): string | undefined {
  const left = withoutLabel + withoutWord
  const why = [
    ...(withoutLabel === 0 ? [] : [`${withoutLabel} without a label that the model has`]),
    ...(withoutWord === 0 ? [] : [`${withoutWord} without a word that it has`]),
  ]
  const sorted = [...unknown].sort(([, a], [, b]) => b - a)
  const names = sorted.slice(0, labelsShown).map(([label, count]) => `${JSON.stringify(label)} (${count})`)
  const more = sorted.length > labelsShown ? ` and ${sorted.length - labelsShown} more` : ''
  const sentences = [
    ...(left === 0 ? [] : [`${left} of ${lines} lines are not counted: ${why.join(', ')}`]),
    ...(sorted.length === 0 ? [] : [`labels that the model does not have: ${names.join(', ')}${more}`]),
    ...(withoutLabel === lines && lines > 0 && sorted.length === 0
      ? ['if the labels do not begin with __label__, specify their prefix with --label-prefix']
      : []),
  ]
  return sentences.length === 0 ? undefined : sentences.join('; ')
}
