import { expect, test } from 'vitest'

import type { ModelFigures } from '../contracts/index.ts'
import { LabelMixes } from './label-mixes.ts'

const counted = (version: string, labels: ModelFigures['labels']): ModelFigures => ({
  model: 'm',
  version,
  predictions: labels.reduce((sum, [, count]) => sum + count, 0),
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

test('of many labels and many versions the most frequent are told, and nothing is lost of a version', () => {
  const mixes = new LabelMixes()
  mixes.take([])
  const labels = Array.from({ length: 100 }, (_, n) => [n === 0 ? 'other' : `l${n}`, n + 1] as const)
  const many = Array.from({ length: 1_000 }, (_, n) => counted(String(n), [...labels, ['more', n * 10]]))
  const told = mixes.take(many)
  expect(told.map(({ version }) => Number(version))).toEqual(Array.from({ length: 20 }, (_, n) => 999 - n))
  const [most] = told
  expect(most?.labels).toHaveLength(20)
  expect(most?.labels.filter(([label]) => label === 'other')).toHaveLength(1)
  expect(most?.labels.reduce((sum, [, count]) => sum + count, 0)).toBe(5_050 + 9_990)
})
