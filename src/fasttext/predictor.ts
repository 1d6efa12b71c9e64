import { type PredictorDescription, isFolded } from './compiled-metadata.ts'
import { PredictionError } from './errors.ts'
import {
  type FeatureBuffers,
  type FeatureModel,
  createFeatureBuffers,
  extractFeatures,
} from './extract-features.ts'
import { averageRows } from './hidden.ts'
import { type LabelList, allLabels, labelAt } from './label-list.ts'
import { logScore, reportedProbability } from './log-score.ts'
import { multiply, softmax } from './softmax.ts'
import { type TopK, createTopK, selectBest, selectTopK } from './top-k.ts'
import type { VocabularyTable } from './vocabulary-table.ts'

/** A label with its `__label__` prefix. The probability is the reference's: about p + 1e-5, up to 1.00001. */
export type Prediction = { readonly label: string; readonly probability: number }

/**
 * An open model. `text` is tokenised already, its tokens parted by white space; it ends at its first line
 * feed. Every member but `close` throws PredictionError `model_closed` after `close`.
 */
export type Predictor = {
  readonly labels: readonly string[]
  readonly description: PredictorDescription
  /**
   * The k best labels (default 1; -1: all) with a probability of at least `threshold` (default 0), best
   * first; none where the text has no features. Throws `bad_k` or `bad_threshold`.
   */
  predict(text: string, k?: number, threshold?: number): Prediction[]
  /** The same as `predict(text)[0]`, but faster. */
  top(text: string): Prediction | undefined
  /** Lets go of the model's memory, which may be unmapped from then on. Can be called again. */
  close(): void
}

/** The parts of a compiled model that a predictor works on. */
export type PredictorModel = {
  readonly description: PredictorDescription
  readonly labels: LabelList
  readonly vocabulary: VocabularyTable
  readonly inputRows: Float32Array
  readonly outputRows: Float32Array
}

type OpenPredictor = {
  readonly model: PredictorModel
  readonly featureModel: FeatureModel
  readonly buffers: FeatureBuffers
  readonly hidden: Float32Array
  readonly scores: Float32Array
  readonly topK: TopK
}

/** A predictor over an opened model, with its own buffers. */
export function createPredictor(model: PredictorModel): Predictor {
  let state: OpenPredictor | undefined = openPredictor(model)
  const open = (): OpenPredictor => {
    if (state === undefined) throw closed()
    return state
  }
  return {
    get labels() {
      return allLabels(open().model.labels)
    },
    get description() {
      return open().model.description
    },
    predict: (text, k = 1, threshold = 0) => predict(open(), text, k, threshold),
    top: (text) => top(open(), text),
    close() {
      state = undefined
    },
  }
}

function openPredictor(model: PredictorModel): OpenPredictor {
  const { description, vocabulary } = model
  return {
    model,
    featureModel: { ...description, vocabulary },
    buffers: createFeatureBuffers(),
    hidden: new Float32Array(description.dim),
    scores: new Float32Array(description.nLabels),
    topK: createTopK(),
  }
}

function predict(state: OpenPredictor, text: string, k: number, threshold: number): Prediction[] {
  const { model, scores, topK } = state
  const wanted = clampK(k, scores.length)
  if (Number.isNaN(threshold)) throw badThreshold()
  if (!score(state, text)) return []
  selectTopK(topK, scores, wanted, Math.fround(threshold))
  const predictions: Prediction[] = []
  for (let i = 0; i < topK.size; i++) {
    const label = labelAt(model.labels, topK.labels[i] as number)
    predictions.push({ label, probability: reportedProbability(topK.scores[i] as number) })
  }
  return predictions
}

function top(state: OpenPredictor, text: string): Prediction | undefined {
  if (!score(state, text)) return undefined
  const best = selectBest(state.scores)
  const probability = reportedProbability(logScore(state.scores[best] as number))
  return { label: labelAt(state.model.labels, best), probability }
}

/** Fills the scores; false where the text has no features. */
function score(state: OpenPredictor, text: string): boolean {
  const { model, featureModel, buffers, hidden, scores } = state
  extractFeatures(featureModel, buffers, text)
  if (buffers.rows.length === 0) return false
  if (isFolded(model.description)) {
    averageRows(scores, model.inputRows, buffers.rows)
  } else {
    averageRows(hidden, model.inputRows, buffers.rows)
    multiply(scores, model.outputRows, hidden)
  }
  softmax(scores)
  return true
}

function clampK(k: number, nLabels: number): number {
  if (k === -1) return nLabels
  if (Number.isInteger(k) && k >= 1) return Math.min(k, nLabels)
  throw new PredictionError('bad_k', `k is ${k}, but must be 1 or more, or -1 for all labels.`)
}

function badThreshold(): PredictionError {
  return new PredictionError('bad_threshold', 'The threshold is not a number; give one from 0 to 1.')
}

function closed(): PredictionError {
  return new PredictionError(
    'model_closed',
    'This version of the model has been closed. Ask the version that took its place.',
  )
}
