import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { PredictionError } from '../errors.ts'
import { losses } from '../model-description.ts'
import { type ModelFileSpec, openSpec, thrownBy, tinyModel } from '../testing/model-file-builder.ts'

const predictor = openSpec(tinyModel)

/** The probability by the textbook: the softmax of two scores, plus the reference's 1e-5. */
const reported = (mine: number, other: number): number => 1 / (1 + Math.exp(other - mine)) + 1e-5

describe('predict', () => {
  it('gives the mean of the rows, scored and normalised', () => {
    const [first, second] = predictor.predict('你好', 2)
    const [x, y] = [(4 + 0.5) / 2, (-2 + 0.25) / 2]
    expect(first?.label).toBe('__label__hello')
    expect(first?.probability).toBeCloseTo(reported(x, y), 6)
    expect(second?.label).toBe('__label__再见')
    expect(second?.probability).toBeCloseTo(reported(y, x), 6)
  })

  it('gives one label by default, and all with -1', () => {
    expect(predictor.predict('bye')).toHaveLength(1)
    expect(predictor.predict('bye', -1)).toHaveLength(2)
    expect(predictor.predict('bye', 99)).toHaveLength(2)
  })

  it('leaves out what is below the threshold', () => {
    expect(predictor.predict('bye', 2, 0.5).map(({ label }) => label)).toEqual(['__label__再见'])
    expect(predictor.predict('bye', 2, 1.1)).toEqual([])
  })

  it('gives nothing where the text has no features', () => {
    const input = { kind: 'dense', rows: [[4, -2]] } as const
    const noEnd = openSpec({ ...tinyModel, words: ['你好'], input })
    expect([noEnd.predict('unknown', 2), noEnd.top('unknown')]).toEqual([[], undefined])
    expect(noEnd.top('你好')?.label).toBe('__label__hello')
  })

  it.each([0, -2, 1.5, Number.NaN])('refuses k = %s', (k) => {
    expect(thrownBy(() => predictor.predict('bye', k))).toMatchObject({ code: 'bad_k', status: 400 })
  })

  it('refuses a threshold that is not a number', () => {
    expect(thrownBy(() => predictor.predict('bye', 1, Number.NaN))).toMatchObject({ code: 'bad_threshold' })
  })

  it('throws if the numbers overflow', () => {
    const rows = [
      [3e38, 3e38],
      [3e38, 3e38],
      [3e38, 3e38],
    ]
    const wild = openSpec({ ...tinyModel, input: { kind: 'dense', rows } })
    expect(thrownBy(() => wild.top('bye 你好'))).toMatchObject({ code: 'not_a_number', status: 500 })
  })

  it.each(['hs', 'ns', 'softmax', 'ova'] as const)('looks for such numbers at every label: %s', (loss) => {
    const wild = openSpec({
      ...tinyModel,
      args: { ...tinyModel.args, loss: losses.indexOf(loss) + 1 },
      labels: ['__label__a', '__label__b', '__label__c'],
      input: { kind: 'dense', rows: [[0, 0], [3e38, 3e38], [3e38, 3e38]] }, // prettier-ignore
      output: { kind: 'dense', rows: [[0, 0], [1, 0], [0, 0]] }, // prettier-ignore
    })
    for (const text of ['', 'unknown', 'bye']) expect(() => wild.requireNumbers(text)).not.toThrow()
    expect(thrownBy(() => wild.requireNumbers('bye 你好'))).toMatchObject({ code: 'not_a_number' })
  })
})

describe('top', () => {
  const dim = 7
  const number = fc.float({ min: -4, max: 4, noNaN: true })
  const row = fc.array(number, { minLength: dim, maxLength: dim })
  const spec = fc.tuple(
    fc.array(row, { minLength: 13, maxLength: 13 }),
    fc.array(row, { minLength: 1, maxLength: 9 }),
  )

  it('gives the first of all predictions, for models of any shape', () => {
    fc.assert(
      fc.property(spec, fc.constantFrom('', 'a b', 'bye 你好 bye 你好 bye'), ([input, output], text) => {
        const model: ModelFileSpec = {
          ...tinyModel,
          args: { ...tinyModel.args, dim, wordNgrams: 2, bucket: 10 },
          labels: output.map((_, i) => `__label__${i}`),
          input: { kind: 'dense', rows: input },
          output: { kind: 'dense', rows: output },
        }
        const opened = openSpec(model)
        const all = opened.predict(text, -1)
        expect(opened.predict(text)).toEqual([opened.top(text)])
        expect(opened.top(text)?.probability).toBe(all[0]?.probability)
        expect(all.reduce((sum, { probability }) => sum + probability - 1e-5, 0)).toBeCloseTo(1, 5)
      }),
    )
  })
})

describe('an open model', () => {
  it('tells its labels and its shape', () => {
    expect(predictor.labels).toEqual(['__label__hello', '__label__再见'])
    expect(predictor.description).toEqual({
      prunedBuckets: -1,
      folded: false,
      inputSubspace: 0,
      outputSubspace: 0,
      dim: 2,
      nWords: 3,
      nLabels: 2,
      wordNgrams: 1,
      minn: 0,
      maxn: 0,
      bucket: 0,
      loss: 'softmax',
    })
  })

  it('answers nothing more once it is closed', () => {
    const closing = openSpec(tinyModel)
    closing.close()
    closing.close()
    const uses = [
      () => closing.top('bye'),
      () => closing.predict('bye'),
      () => closing.labels,
      () => closing.description,
    ]
    for (const use of uses) {
      const error = thrownBy(use)
      expect(error).toBeInstanceOf(PredictionError)
      expect(error).toMatchObject({ code: 'model_closed', status: 503 })
    }
  })
})
