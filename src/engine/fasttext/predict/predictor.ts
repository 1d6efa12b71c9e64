import { allLabels, labelAt, type LabelList } from '../compiled/label-list.ts'
import type { PredictorDescription } from '../compiled/metadata.ts'
import { PredictionError } from '../errors.ts'
import { explain, type ExplainOptions, type Explanation } from '../explain/explain.ts'
import { logScore, reportedProbability } from './log-score.ts'
import {
  averageText,
  createScorer,
  fillProbabilities,
  rankLabels,
  requireNumbers,
  type ScoredModel,
  type Scorer,
} from './scorer.ts'
import { createTopK, selectBest, type TopK } from './top-k.ts'

/** A label with its `__label__` prefix. The probability is the reference's: about p + 1e-5, up to 1.00001. */
export type Prediction = { readonly label: string; readonly probability: number }

/** What was found in the text of the last prediction. */
export type TextFacts = {
  /** The words of the text, and how many of them the model knows. */
  readonly words: number
  readonly knownWords: number
  /** The number of the best label; -1 if there is none. A model's labels are those of its training data, the most frequent first. */
  readonly label: number
}

/**
 * An open model. `text` is tokenised already, its tokens parted by white space, line feeds among it. Every member but `close` throws PredictionError `model_closed` after `close`.
 */
export type Predictor = {
  readonly labels: readonly string[]
  readonly description: PredictorDescription
  /** Of the last call of `predict` or `top`; the same object for all of them. */
  readonly facts: TextFacts
  /**
   * The k best labels (default 1; -1: all) with a probability of at least `threshold` (default 0), best
   * first; none if the text has no features. Throws `bad_k` or `bad_threshold`.
   */
  predict(text: string, k?: number, threshold?: number): Prediction[]
  /** The same as `predict(text)[0]`, but faster. */
  top(text: string): Prediction | undefined
  /**
   * Throws `not_a_number` if the scores of the text overflow. Checks all labels without allocating: there may be
   * 300,000.
   */
  requireNumbers(text: string): void
  /**
   * The mean of the rows of the text (dim float32 numbers), zeros if it has no features. Throws `no_vectors`
   * where the model was folded when it was compiled.
   */
  sentenceVector(text: string): Float32Array
  /** Why a text has its labels: each feature's part in the scores. Throws `bad_k`, `text_too_long` or `unknown_label`. */
  explain(text: string, options?: ExplainOptions): Explanation[]
  /** Releases the model's memory, which may be unmapped from then on. Idempotent. */
  close(): void
}

/** The parts of a compiled model that a predictor works on. */
export type PredictorModel = ScoredModel & { readonly labels: LabelList }

type Facts = { -readonly [Key in keyof TextFacts]: TextFacts[Key] }

type OpenPredictor = {
  readonly labels: LabelList
  readonly scorer: Scorer
  readonly topK: TopK
  readonly facts: Facts
}

/** A predictor over an opened model, with its own buffers. */
export function createPredictor(model: PredictorModel): Predictor {
  const facts: Facts = { words: 0, knownWords: 0, label: -1 }
  let state: OpenPredictor | undefined = {
    labels: model.labels,
    scorer: createScorer(model),
    topK: createTopK(),
    facts,
  }
  const open = (): OpenPredictor => {
    if (state === undefined) throw closed()
    return state
  }
  return {
    get labels() {
      return allLabels(open().labels)
    },
    get description() {
      return open().scorer.model.description
    },
    facts,
    predict: (text, k = 1, threshold = 0) => predict(open(), text, k, threshold),
    top: (text) => top(open(), text),
    requireNumbers: (text) => {
      const { scorer } = open()
      if (averageText(scorer, text)) requireNumbers(scorer)
    },
    sentenceVector: (text) => sentenceVector(open(), text),
    explain: (text, { k = 1, ...options } = {}) => {
      const { labels, scorer } = open()
      return explain(scorer, labels, text, { ...options, k: clampK(k, scorer.model.description.nLabels) })
    },
    close() {
      state = undefined
    },
  }
}

function predict(
  { labels, scorer, topK, facts }: OpenPredictor,
  text: string,
  k: number,
  threshold: number,
): Prediction[] {
  const wanted = clampK(k, scorer.model.description.nLabels)
  if (Number.isNaN(threshold)) throw badThreshold()
  if (!averageNoted(scorer, facts, text)) return []
  rankLabels(scorer, topK, wanted, Math.fround(threshold))
  if (topK.size > 0) facts.label = topK.labels[0] as number
  const predictions: Prediction[] = []
  for (let i = 0; i < topK.size; i++) predictions.push(predictionAt(labels, topK, i))
  return predictions
}

function top({ labels, scorer, topK, facts }: OpenPredictor, text: string): Prediction | undefined {
  if (!averageNoted(scorer, facts, text)) return undefined
  if (scorer.model.description.loss === 'hs') {
    rankLabels(scorer, topK, 1, 0)
    if (topK.size === 0) return undefined
    facts.label = topK.labels[0] as number
    return predictionAt(labels, topK, 0)
  }
  fillProbabilities(scorer)
  const best = selectBest(scorer.probabilities)
  facts.label = best
  const probability = reportedProbability(logScore(scorer.probabilities[best] as number))
  return { label: labelAt(labels, best), probability }
}

/** As `averageText`, and notes what it has found. */
function averageNoted(scorer: Scorer, facts: Facts, text: string): boolean {
  const hasFeatures = averageText(scorer, text)
  facts.words = scorer.buffers.words
  facts.knownWords = scorer.buffers.knownWords
  facts.label = -1
  return hasFeatures
}

function predictionAt(labels: LabelList, topK: TopK, index: number): Prediction {
  const label = labelAt(labels, topK.labels[index] as number)
  return { label, probability: reportedProbability(topK.scores[index] as number) }
}

function sentenceVector({ scorer }: OpenPredictor, text: string): Float32Array {
  const { folded, dim } = scorer.model.description
  if (folded) throw noVectors()
  return averageText(scorer, text) ? scorer.mean.slice() : new Float32Array(dim)
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
    'This version of the model has been closed. Use the version that replaced it.',
  )
}

function noVectors(): PredictionError {
  return new PredictionError(
    'no_vectors',
    'This version was published without its sentence vectors, as it is smaller so. ' +
      'Write `sentenceVectors: true` for the model in the configuration and publish it under a new version.',
  )
}
