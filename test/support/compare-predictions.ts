import type { ReferencePrediction } from '../../harness/reference-fasttext.ts'
import type { Loss, Prediction } from '../../src/engine/fasttext/index.ts'

const tolerance = 1e-5

/** Two probabilities this close may change places between machines. */
const nearTie = 2e-6

/** One step of the table of 512 steps over ±8 by which ns and ova turn scores into probabilities, at its steepest. */
const tableStep = 1 / 32 / 4 + 1e-6

/** How predictions compared with the reference's; each list holds one line for each that is not the same. */
export type Tally = {
  predictions: number
  /** The same to the six digits that the reference prints. */
  equal: number
  readonly nearTies: string[]
  readonly wrong: string[]
}

export const createTally = (): Tally => ({ predictions: 0, equal: 0, nearTies: [], wrong: [] })

/**
 * Compares one line's predictions in order. A label may stand elsewhere only where the probabilities are nearly
 * the same; with the losses ns and ova a score beside the edge of a step may fall on either side of it.
 */
export function compareLine(
  tally: Tally,
  loss: Loss,
  line: string,
  mine: readonly Prediction[],
  theirs: readonly ReferencePrediction[],
): void {
  const tie = loss === 'ns' || loss === 'ova' ? tableStep : nearTie
  if (mine.length !== theirs.length)
    tally.wrong.push(`${line}: ${mine.length} predictions, not ${theirs.length}`)
  const byLabel = new Map(theirs.map(({ label, probability }) => [label, probability]))
  theirs.forEach((reference, i) => {
    const { label, probability } = mine[i] ?? { label: 'none', probability: Number.NaN }
    const difference = `${line}: ${label} ${probability}, not ${reference.label} ${reference.probability}`
    const distance = Math.abs(probability - reference.probability)
    const ownDistance = Math.abs(probability - (byLabel.get(label) ?? probability))
    tally.predictions++
    if (label === reference.label && distance <= tolerance) {
      if (Number(probability.toPrecision(6)) === reference.probability) tally.equal++
    } else (distance <= tie && ownDistance <= tie ? tally.nearTies : tally.wrong).push(difference)
  })
}

/** `12.345 % of 678 predictions are equal to the last digit`, and the near-ties. */
export function describeTally({ predictions, equal, nearTies }: Tally): string {
  const share = ((100 * equal) / predictions).toFixed(3)
  const ties =
    nearTies.length === 0 ? '' : `, ${nearTies.length} near-ties: ${nearTies.slice(0, 3).join('; ')}`
  return `${share} % of ${predictions} predictions are equal to the last digit${ties}`
}
