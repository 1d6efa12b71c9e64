import { expect, test } from 'vitest'

import type { ModelFigures } from '../contracts/index.ts'
import { LabelMixes } from './label-mixes.ts'

const counted = (version: string, labels: ModelFigures['labels']): ModelFigures => ({
  model: 'm',
  version,
  predictions: 0,
  withoutKnownWord: 0,
  words: 0,
  unknownWords: 0,
  confidence: 0,
  labels,
})

test('what came since the last call is told, of each version that was asked', () => {
  const mixes = new LabelMixes()
  expect(mixes.take([counted('1', [['a', 5]])])).toEqual([])
  expect(
    mixes.take([
      counted('1', [
        ['a', 7],
        ['b', 1],
      ]),
      counted('2', [['a', 1]]),
    ]),
  ).toEqual([
    {
      model: 'm',
      version: '1',
      labels: [
        ['a', 2],
        ['b', 1],
      ],
    },
    { model: 'm', version: '2', labels: [['a', 1]] },
  ])
  expect(mixes.take([counted('1', [['a', 7]])])).toEqual([])
})
