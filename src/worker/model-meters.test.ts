import { expect, test } from 'vitest'

import { maxLabels } from '../metrics/index.ts'
import { ModelMeters } from './model-meters.ts'

const target = { model: 'm', version: '1' }
const best = (label: string) => ({ label, probability: 0.5 })

test('predictions are counted by label, the most frequent ones of the training data by name', () => {
  const meters = new ModelMeters()
  const meter = meters.acquire(target)
  meter.answered(best('first'), { words: 4, knownWords: 3, label: 0 })
  meter.answered(best('first'), { words: 1, knownWords: 1, label: 0 })
  meter.answered(best('last'), { words: 2, knownWords: 0, label: maxLabels - 1 })
  meter.answered(best('rare'), { words: 1, knownWords: 1, label: maxLabels })
  meter.answered(undefined, { words: 0, knownWords: 0, label: -1 })
  expect(meters.report(undefined).models).toEqual([
    {
      ...target,
      predictions: 5,
      withoutKnownWord: 2,
      words: 8,
      unknownWords: 3,
      confidence: 2,
      labels: [
        ['first', 2],
        ['last', 1],
        ['other', 1],
        ['(none)', 1],
      ],
    },
  ])
})

test('a report has what has changed since the one before, and everything for another who asks', () => {
  const meters = new ModelMeters()
  const meter = meters.acquire(target)
  meters.acquire({ model: 'n', version: '1' })
  const first = meters.report(undefined)
  expect(first).toMatchObject({ isWhole: true, models: [{ model: 'm' }, { model: 'n' }] })
  expect(meters.report(first.number)).toMatchObject({ isWhole: false, models: [] })
  meter.answered(best('x'), { words: 1, knownWords: 1, label: 0 })
  expect(meters.report(first.number + 1)).toMatchObject({ isWhole: false, models: [{ predictions: 1 }] })
  expect(meters.report(first.number)).toMatchObject({ isWhole: true, models: [{}, {}] })
})

test('a version that is released is reported once more, with what was answered last', () => {
  const meters = new ModelMeters()
  const meter = meters.acquire(target)
  const { number } = meters.report(undefined)
  meter.answered(best('x'), { words: 1, knownWords: 1, label: 0 })
  meters.release(target)
  expect(meters.report(number)).toMatchObject({ models: [{ predictions: 1 }], ended: [target] })
  expect(meters.report(undefined)).toMatchObject({ models: [], ended: [] })
  meters.acquire(target)
  expect(meters.report(undefined)).toMatchObject({ models: [{ predictions: 0 }], ended: [] })
})

test('a version that is loaded again before it is released counts on', () => {
  const meters = new ModelMeters()
  meters.acquire(target).answered(best('x'), { words: 1, knownWords: 1, label: 0 })
  meters.acquire(target)
  meters.release(target)
  expect(meters.report(undefined)).toMatchObject({ models: [{ predictions: 1 }], ended: [] })
})
