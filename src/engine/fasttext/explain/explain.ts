import { allLabels, labelAt, type LabelList } from '../compiled/label-list.ts'
import { countOutputs } from '../compiled/metadata.ts'
import { PredictionError } from '../errors.ts'
import { dotRow } from '../predict/dense-rows.ts'
import { extractFeatures, shrinkBuffers } from '../predict/extract-features.ts'
import { logScore, reportedProbability } from '../predict/log-score.ts'
import { addQuantizedRow, dotQuantizedRow } from '../predict/quantized-rows.ts'
import { averageText, fillProbabilities, rankLabels, type Scorer } from '../predict/scorer.ts'
import { logistic } from '../predict/sigmoid.ts'
import { createTopK } from '../predict/top-k.ts'
import { type FeatureKind, nameFeatures } from './name-features.ts'
import { pathToLabel } from './path-to-label.ts'

/** What one feature adds to a score. */
export type Contribution = {
  readonly kind: FeatureKind
  /** The word, its part with `<` and `>` for the ends of the word, or the words with a space between them. */
  readonly text: string
  /** How often the text has it. */
  readonly count: number
  /** What all its occurrences add to the score. */
  readonly score: number
  /** Other features of the text in the same bucket, ten at most: the model cannot tell them apart. */
  readonly sharedWith?: readonly string[]
}

/** A score before the loss, and what it is the sum of. */
export type ExplainedScore = {
  readonly score: number
  /** The largest first, by their absolute value. */
  readonly contributions: readonly Contribution[]
  /** What is not listed: how many features, and what they add together. */
  readonly rest?: { readonly count: number; readonly score: number }
}

/** A node of the label tree of the loss hs, on the way from its root to a label. */
export type ExplainedNode = ExplainedScore & {
  readonly node: number
  readonly branch: 'left' | 'right'
  /** Of the branch. */
  readonly probability: number
}

export type Explanation = { readonly label: string; readonly probability: number } & (
  | ({ readonly path?: never } & ExplainedScore)
  /** For the loss hs: the probability is the product of those of the branches. */
  | { readonly path: readonly ExplainedNode[] }
)

export type ExplainOptions = {
  /** How many of the best labels (default 1); unless `labels` names them. */
  readonly k?: number
  readonly labels?: readonly string[]
  /** How many contributions each score lists at most. Default: all. */
  readonly limit?: number
}

/** The parts that are computed at once, which takes some ten milliseconds: a feature of the text in the score of one label. */
const maxParts = 100_000

/** Texts can be made whose features all share a bucket. */
const maxSharing = 10

/** A feature of the text, once, however often the text has it. */
type DistinctFeature = {
  readonly kind: FeatureKind
  readonly text: string
  readonly row: number
  count: number
}

type ExplainOutput = (output: number) => ExplainedScore

/**
 * Why a text has its labels. The score of a label before the loss is linear in the mean of the text's rows (Joulin et al. 2017),
 * so each feature has an exact part in it, and the parts add up to the score. Empty if the text has no features. Throws
 * PredictionError `text_too_long`, `unknown_label` or `bad_k`.
 */
export function explain(
  scorer: Scorer,
  labels: LabelList,
  text: string,
  { k = 1, labels: named, limit = Infinity }: ExplainOptions,
): Explanation[] {
  const asked = named && indexesOf(labels, named)
  const featureCount = countFeatures(scorer, text)
  requireExplainable(featureCount, asked?.length ?? k)
  if (!averageText(scorer, text)) return []
  const isTree = scorer.model.description.loss === 'hs'
  const chosen = asked ?? bestLabels(scorer, k)
  if (isTree) requireExplainable(featureCount, countNodes(scorer, chosen))
  averageText(scorer, text)
  if (!isTree) fillProbabilities(scorer)
  const probabilities = chosen.map((index) => scorer.probabilities[index] as number)
  // If the model is folded, its probabilities have taken the place of the mean.
  averageText(scorer, text)
  const explainOutput = createExplainOutput(scorer, text, limit)
  return chosen.map((index, i) => {
    const label = labelAt(labels, index)
    if (isTree) return { label, ...explainPath(scorer, index, explainOutput) }
    const probability = reportedProbability(logScore(probabilities[i] as number))
    return { label, probability, ...explainOutput(index) }
  })
}

function countFeatures({ featureModel, buffers }: Scorer, text: string): number {
  extractFeatures(featureModel, buffers, text)
  const count = buffers.rows.length
  shrinkBuffers(buffers)
  return count
}

/** A score is that of a label, or of a node on the way to one. */
function requireExplainable(featureCount: number, scoreCount: number): void {
  if (featureCount * scoreCount <= maxParts) return
  throw new PredictionError(
    'text_too_long',
    `The text has ${featureCount} features, and ${scoreCount} scores are to be explained; the product may be ${maxParts} at most. Explain fewer labels, or a part of the text.`,
  )
}

function countNodes({ model }: Scorer, labels: readonly number[]): number {
  return labels.reduce((count, label) => count + pathToLabel(model.labelTree, label).length, 0)
}

function bestLabels(scorer: Scorer, k: number): number[] {
  const topK = createTopK()
  rankLabels(scorer, topK, k, 0)
  return [...topK.labels.subarray(0, topK.size)]
}

function indexesOf(labels: LabelList, named: readonly string[]): number[] {
  const indexes = new Map(allLabels(labels).map((label, index) => [label, index]))
  return [...new Set(named)].map((label) => {
    const index = indexes.get(label)
    if (index !== undefined) return index
    throw new PredictionError(
      'unknown_label',
      `The model has no label ${label}. Name one with its prefix, for example ${labelAt(labels, 0)}.`,
    )
  })
}

/** The parts of the score of an output: of a label, or of an inner node of the tree. */
function createExplainOutput(scorer: Scorer, text: string, limit: number): ExplainOutput {
  const features = distinct(nameFeatures(scorer.featureModel, text))
  const total = features.reduce((sum, { count }) => sum + count, 0)
  const textsOfRow = new Map<number, string[]>()
  for (const { row, text: own } of features) {
    const texts = textsOfRow.get(row)
    if (texts === undefined) textsOfRow.set(row, [own])
    else texts.push(own)
  }
  const sharing = (feature: DistinctFeature): Pick<Contribution, 'sharedWith'> => {
    const others: string[] = []
    for (const other of textsOfRow.get(feature.row) ?? []) {
      if (others.length === maxSharing) break
      if (other !== feature.text) others.push(other)
    }
    return others.length === 0 ? {} : { sharedWith: others }
  }
  const readOutput = createReadOutput(scorer)
  return (output) => {
    const parts = features.map((feature) => ({
      feature,
      score: (readOutput(feature.row, output) * feature.count) / total,
    }))
    parts.sort((a, b) => Math.abs(b.score) - Math.abs(a.score))
    const contributions = parts.slice(0, limit).map(({ feature, score }) => {
      const { kind, text: own, count } = feature
      return { kind, text: own, count, score, ...sharing(feature) }
    })
    const left = parts.slice(limit)
    const score = scorer.nodeScore(output)
    if (left.length === 0) return { score, contributions }
    return {
      score,
      contributions,
      rest: { count: left.length, score: left.reduce((sum, part) => sum + part.score, 0) },
    }
  }
}

function distinct(features: ReturnType<typeof nameFeatures>): readonly DistinctFeature[] {
  const found = new Map<string, DistinctFeature>()
  for (const { kind, text, row } of features) {
    const key = `${kind} ${text}`
    const known = found.get(key)
    if (known === undefined) found.set(key, { kind, text, row, count: 1 })
    else known.count++
  }
  return [...found.values()]
}

/** What one row of the input matrix gives to an output. */
function createReadOutput({ model }: Scorer): (row: number, output: number) => number {
  const { description, input, output } = model
  const columns = description.folded ? countOutputs(description) : description.dim
  const vector = new Float32Array(columns)
  let loaded = -1
  const load = (row: number): void => {
    if (row === loaded) return
    loaded = row
    if (!input.quantized) vector.set(input.rows.subarray(row * columns, (row + 1) * columns))
    else addQuantizedRow(vector.fill(0), input.rows, row)
  }
  return (row, index) => {
    load(row)
    if (description.folded) return vector[index] as number
    return output.quantized ? dotQuantizedRow(output.rows, vector, index) : dotRow(output.rows, vector, index)
  }
}

function explainPath(
  scorer: Scorer,
  label: number,
  explainOutput: ExplainOutput,
): { probability: number; path: ExplainedNode[] } {
  let logProbability = 0
  const path = pathToLabel(scorer.model.labelTree, label).map(({ node, branch }) => {
    const right = logistic(scorer.nodeScore(node))
    const probability = branch === 'right' ? right : Math.fround(1 - right)
    logProbability = Math.fround(logProbability + logScore(probability))
    return { node, branch, probability, ...explainOutput(node) }
  })
  return { probability: reportedProbability(logProbability), path }
}
