import type { ModelFigures, ModelVersion } from '../contracts/index.ts'
import type { Prediction, TextFacts } from '../engine/fasttext/index.ts'
import { maxLabels, noLabel, otherName } from '../metrics/index.ts'

const otherSlot = maxLabels
const noneSlot = maxLabels + 1

/** Counts what is asked of one version of a model. A model's first labels are the most frequent ones of its training data: they are told apart. */
export class ModelMeter {
  readonly #target: ModelVersion
  readonly #counts = new Float64Array(maxLabels + 2)
  readonly #names: string[] = Array.from({ length: maxLabels + 2 }, (_, slot) =>
    slot === otherSlot ? otherName : slot === noneSlot ? noLabel : '',
  )
  #predictions = 0
  #withoutKnownWord = 0
  #words = 0
  #unknownWords = 0
  #confidence = 0

  constructor({ model, version }: ModelVersion) {
    this.#target = { model, version }
  }

  get predictions(): number {
    return this.#predictions
  }

  /** Counts a prediction by its best label. */
  answered(best: Prediction | undefined, { words, knownWords, label }: TextFacts): void {
    this.#predictions++
    this.#words += words
    this.#unknownWords += words - knownWords
    if (knownWords === 0) this.#withoutKnownWord++
    const slot = this.#slotOf(best, label)
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1
    this.#confidence += best?.probability ?? 0
  }

  get figures(): ModelFigures {
    const labels: [string, number][] = []
    for (const [slot, count] of this.#counts.entries())
      if (count > 0) labels.push([this.#names[slot] ?? '', count])
    return {
      ...this.#target,
      predictions: this.#predictions,
      withoutKnownWord: this.#withoutKnownWord,
      words: this.#words,
      unknownWords: this.#unknownWords,
      confidence: this.#confidence,
      labels,
    }
  }

  #slotOf(best: Prediction | undefined, label: number): number {
    if (best === undefined) return noneSlot
    if (label < 0 || label >= maxLabels) return otherSlot
    if (this.#names[label] === '') this.#names[label] = best.label
    return label
  }
}
