import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { PredictionError } from '../errors.ts'
import { losses } from '../model-description.ts'
import type { Predictor } from '../predict/predictor.ts'
import { type ModelFileSpec, openSpec, thrownBy, tinyModel } from '../testing/model-file-builder.ts'
import type { ExplainedScore } from './explain.ts'

const dim = 6
const bucket = 10
const number = fc.float({ min: -4, max: 4, noNaN: true })
const matrix = (rows: number): fc.Arbitrary<ModelFileSpec['input']> =>
  fc
    .array(fc.array(number, { minLength: dim, maxLength: dim }), { minLength: rows, maxLength: rows })
    .map((own) => ({ kind: 'dense', rows: own }))
const text = fc
  .array(fc.constantFrom('你好', 'bye', 'unknown', 'a', '</s>', '你好'), { maxLength: 12 })
  .map((words) => words.join(' '))

/** Quantised, with numbers that differ from place to place. */
const quantized = (rows: number, seed: number, normalized: boolean): ModelFileSpec['input'] => ({
  kind: 'quantized',
  rows,
  columns: dim,
  subspaceSize: 2,
  normalized,
  centroid: (index) => Math.sin(index * 12.9898 + seed) * 2,
})

const inputRows = tinyModel.words.length + bucket

/** Models that are folded (fewer labels than dimensions), dense, and quantised in one or both matrices. */
const model = fc
  .record({
    loss: fc.constantFrom(...losses),
    nLabels: fc.constantFrom(2, 3, 9),
    wordNgrams: fc.integer({ min: 1, max: 3 }),
    maxn: fc.constantFrom(0, 3),
    seed: fc.integer({ min: 0, max: 1000 }),
    form: fc.constantFrom('dense', 'input quantized', 'both quantized', 'normalized'),
    input: matrix(inputRows),
    output: matrix(9),
  })
  .map(({ loss, nLabels, wordNgrams, maxn, seed, form, input, output }): ModelFileSpec => {
    const rows = output.kind === 'dense' ? output.rows.slice(0, nLabels) : []
    return {
      ...tinyModel,
      args: { ...tinyModel.args, dim, bucket, wordNgrams, minn: 1, maxn, loss: losses.indexOf(loss) + 1 },
      labels: Array.from({ length: nLabels }, (_, index) => `__label__${index}`),
      input: form === 'dense' ? input : quantized(inputRows, seed, form === 'normalized'),
      output: form === 'both quantized' ? quantized(nLabels, seed + 1, false) : { kind: 'dense', rows },
    }
  })

function expectParts({ score, contributions, rest }: ExplainedScore): void {
  const sum = contributions.reduce((total, part) => total + part.score, rest?.score ?? 0)
  expect(Math.abs(sum - score)).toBeLessThan(1e-5 * Math.max(1, Math.abs(score)))
}

/** A quantised model as small as these would be folded, as that is smaller yet. */
const openFor = (spec: ModelFileSpec): Predictor => openSpec(spec, { keepVectors: spec.labels.length > dim })

describe('the parts of a score', () => {
  it('add up to it, for models of every form and loss, and the labels are those of a prediction', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(model, text, (spec, asked) => {
        const predictor = openFor(spec)
        const { loss, folded } = predictor.description
        seen.add(`${loss} ${folded ? 'folded' : spec.input.kind}`)
        const explained = predictor.explain(asked, { k: -1 })
        expect(explained.map(({ label, probability }) => ({ label, probability }))).toEqual(
          predictor.predict(asked, -1),
        )
        for (const one of explained) (one.path ?? [one as ExplainedScore]).forEach(expectParts)
        expect(predictor.explain(asked)[0]?.label).toBe(predictor.top(asked)?.label)
      }),
      { numRuns: 500 },
    )
    for (const loss of losses)
      for (const form of ['folded', 'dense', 'quantized']) expect(seen).toContain(`${loss} ${form}`)
  })

  it('are those of the softmax, which the scores of all labels give', () => {
    fc.assert(
      fc.property(model, text, (spec, asked) => {
        const predictor = openFor({ ...spec, args: { ...spec.args, loss: losses.indexOf('softmax') + 1 } })
        const explained = predictor.explain(asked, { k: -1 }) as (ExplainedScore & { probability: number })[]
        const largest = Math.max(...explained.map(({ score }) => score))
        const total = explained.reduce((sum, { score }) => sum + Math.exp(score - largest), 0)
        for (const { score, probability } of explained)
          expect(probability).toBeCloseTo(Math.exp(score - largest) / total + 1e-5, 5)
      }),
    )
  })
})

describe('an explanation', () => {
  const spec: ModelFileSpec = {
    ...tinyModel,
    args: { ...tinyModel.args, wordNgrams: 2, bucket: 1 },
    input: { kind: 'dense', rows: [[0.5, 0.25], [4, -2], [-3, 5], [1, 1]] }, // prettier-ignore
  }
  const predictor = openSpec(spec)

  it('has the largest part first, a feature once, and says which share a bucket', () => {
    const [one] = predictor.explain('你好 bye 你好')
    expect(one).toMatchObject({
      label: '__label__hello',
      contributions: [
        { kind: 'word', text: '你好', count: 2, score: expect.closeTo(8 / 7, 6) as number },
        { kind: 'word', text: 'bye', count: 1, score: expect.closeTo(-3 / 7, 6) as number },
        { kind: 'ngram', text: '你好 bye', sharedWith: ['bye 你好', '你好 </s>'] },
        { kind: 'ngram', text: 'bye 你好' },
        { kind: 'ngram', text: '你好 </s>' },
        { kind: 'word', text: '</s>', score: expect.closeTo(0.5 / 7, 6) as number },
      ],
    })
  })

  it('lists as many as asked, and what the rest adds', () => {
    const [all] = predictor.explain('你好 bye') as ExplainedScore[]
    const [some] = predictor.explain('你好 bye', { limit: 2 }) as ExplainedScore[]
    expect(some?.contributions).toEqual(all?.contributions.slice(0, 2))
    const left = all?.contributions.slice(2) ?? []
    expect(some?.rest).toEqual({
      count: left.length,
      score: left.reduce((sum, { score }) => sum + score, 0),
    })
  })

  it('is of the labels that are named, and refuses one that the model does not have', () => {
    expect(predictor.explain('bye', { labels: ['__label__hello'] })).toMatchObject([
      {
        label: '__label__hello',
        probability: expect.closeTo(1 / (1 + Math.exp(7.75 / 3)) + 1e-5, 6) as number,
      },
    ])
    const error = thrownBy(() => predictor.explain('bye', { labels: ['hello'] }))
    expect(error).toBeInstanceOf(PredictionError)
    expect(error).toMatchObject({ code: 'unknown_label', status: 400 })
  })

  it('is empty for a text without features, and is refused for one with too many', () => {
    expect(openSpec({ ...tinyModel, words: ['你好'], input: { kind: 'dense', rows: [[4, -2]] } }).explain('x')).toEqual([]) // prettier-ignore
    expect(thrownBy(() => predictor.explain('bye '.repeat(60_000)))).toMatchObject({ code: 'text_too_long' })
    expect(predictor.explain('bye '.repeat(49_000))).toHaveLength(1)
    expect(thrownBy(() => predictor.explain('bye '.repeat(49_000), { k: 2 }))).toMatchObject({
      code: 'text_too_long',
    })
  })

  it('lists ten of the features that share a bucket, however many there are', () => {
    const words = Array.from({ length: 200 }, (_, i) => `w${i}`)
    const [explained] = predictor.explain(words.join(' ')) as ExplainedScore[]
    const ngrams = explained?.contributions.filter(({ kind }) => kind === 'ngram') ?? []
    expect(ngrams.length).toBeGreaterThan(190)
    for (const { sharedWith } of ngrams) expect(sharedWith).toHaveLength(10)
  })

  it('counts the nodes of each path, and a label that is named twice once', () => {
    const rows = [[1, 0], [0, 1], [1, 1], [2, 1]] // prettier-ignore
    const tree = openSpec({
      ...tinyModel,
      args: { ...tinyModel.args, loss: losses.indexOf('hs') + 1 },
      labels: ['__label__a', '__label__b', '__label__c', '__label__d'],
      output: { kind: 'dense', rows },
    })
    const [{ path = [] } = {}] = tree.explain('bye', { labels: ['__label__d'] })
    expect(path.length).toBeGreaterThan(1)
    expect(thrownBy(() => tree.explain('bye '.repeat(40_000), { labels: ['__label__d'] }))).toMatchObject({
      code: 'text_too_long',
    })
    expect(tree.explain('bye', { labels: Array<string>(90_000).fill('__label__d') })).toHaveLength(1)
  })

  it('of one label alone has its score', () => {
    for (const loss of losses) {
      const alone = openSpec({
        ...tinyModel,
        args: { ...tinyModel.args, loss: losses.indexOf(loss) + 1 },
        labels: ['__label__only'],
        output: { kind: 'dense', rows: [[1, 0]] },
      })
      expect(alone.explain('bye').map(({ label, probability }) => ({ label, probability }))).toEqual(
        alone.predict('bye'),
      )
    }
  })
})
