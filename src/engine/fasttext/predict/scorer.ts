import { countOutputs, type PredictorDescription } from '../compiled/metadata.ts'
import type { PrunedBuckets } from '../compiled/pruned-buckets.ts'
import type { VocabularyTable } from '../compiled/vocabulary-table.ts'
import { averageRows, dotRow, multiply } from './dense-rows.ts'
import {
  createFeatureBuffers,
  extractFeatures,
  type FeatureBuffers,
  type FeatureModel,
  shrinkBuffers,
} from './extract-features.ts'
import { createTreeWalk, type LabelTree, type TreeWalk, walkLabelTree } from './label-tree.ts'
import { averageQuantizedRows, dotQuantizedRow, type QuantizedRows } from './quantized-rows.ts'
import { logistic, sigmoids } from './sigmoid.ts'
import { softmax } from './softmax.ts'
import { selectTopK, type TopK } from './top-k.ts'

export type ModelRows =
  | { readonly quantized: false; readonly rows: Float32Array }
  | { readonly quantized: true; readonly rows: QuantizedRows }

/** What the scores of a text are computed from. */
export type ScoredModel = {
  readonly description: PredictorDescription
  readonly vocabulary: VocabularyTable
  readonly prunedBuckets: PrunedBuckets
  readonly labelTree: LabelTree
  readonly input: ModelRows
  readonly output: ModelRows
}

/** A model with the buffers that its predictions reuse. */
export type Scorer = {
  readonly model: ScoredModel
  readonly featureModel: FeatureModel
  readonly buffers: FeatureBuffers
  /** The mean of a text's rows: its vector, or, if the model is folded, its scores before the loss. */
  readonly mean: Float32Array
  /** One probability for each label; not used by the loss hs. */
  readonly probabilities: Float32Array
  readonly walk: TreeWalk
  readonly nodeScore: (node: number) => number
}

export function createScorer(model: ScoredModel): Scorer {
  const { description, vocabulary, prunedBuckets } = model
  const { folded, dim, nLabels, loss } = description
  const mean = new Float32Array(folded ? countOutputs(description) : dim)
  return {
    model,
    featureModel: { ...description, vocabulary, prunedBuckets },
    buffers: createFeatureBuffers(),
    mean,
    probabilities: folded || loss === 'hs' ? mean : new Float32Array(nLabels),
    walk: createTreeWalk(loss === 'hs' ? nLabels : 0),
    nodeScore: createNodeScore(model, mean),
  }
}

/** The score of an inner node of the label tree for the text whose rows `mean` is of. */
function createNodeScore({ description, output }: ScoredModel, mean: Float32Array): Scorer['nodeScore'] {
  if (description.folded) return (node) => mean[node] as number
  return output.quantized
    ? (node) => dotQuantizedRow(output.rows, mean, node)
    : (node) => dotRow(output.rows, mean, node)
}

/** Sets `mean` for a text; false if the text has no features. */
export function averageText({ model, featureModel, buffers, mean }: Scorer, text: string): boolean {
  const { input } = model
  extractFeatures(featureModel, buffers, text)
  if (buffers.rows.length === 0) return false
  if (input.quantized) averageQuantizedRows(mean, input.rows, buffers.rows)
  else averageRows(mean, input.rows, buffers.rows)
  shrinkBuffers(buffers)
  return true
}

/** Sets `probabilities` from `mean`, for every loss but hs. */
export function fillProbabilities({ model, mean, probabilities }: Scorer): void {
  const { description, output } = model
  if (!description.folded) {
    if (output.quantized) {
      for (let i = 0; i < probabilities.length; i++) probabilities[i] = dotQuantizedRow(output.rows, mean, i)
    } else multiply(probabilities, output.rows, mean)
  }
  if (description.loss === 'softmax') softmax(probabilities)
  else sigmoids(probabilities)
}

/** Fills `top` with the k best labels of at least `threshold` for the text whose rows `mean` is of. */
export function rankLabels(scorer: Scorer, top: TopK, k: number, threshold: number): void {
  const { model, walk, nodeScore, probabilities } = scorer
  if (model.description.loss === 'hs') {
    walkLabelTree(top, model.labelTree, walk, nodeScore, k, threshold)
    return
  }
  fillProbabilities(scorer)
  selectTopK(top, probabilities, k, threshold)
}

/** Throws `not_a_number` if a score is not a number, of any label or any node of the tree; `mean` is that of the text's rows. */
export function requireNumbers(scorer: Scorer): void {
  const { loss, nLabels } = scorer.model.description
  if (loss !== 'hs') fillProbabilities(scorer)
  else for (let node = 0; node < nLabels - 1; node++) logistic(scorer.nodeScore(node))
}
