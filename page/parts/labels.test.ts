import { expect, test } from 'vitest'

import type { WatchedModelFigures, WatchedSecond } from '../../src/contracts/stream.ts'
import { readLabels } from './labels.ts'

const figures = (labels: Readonly<Record<string, number>>, otherPerSecond = 0): WatchedModelFigures => ({
  ...{ model: 'm', version: '1', predictionsPerSecond: 1, meanConfidence: 1, unknownWordShare: 0 },
  ...{ labels: Object.entries(labels), otherPerSecond },
})
const second = (...models: readonly WatchedModelFigures[]): WatchedSecond => ({
  ...{ atMs: 0, durationMs: 1_000, gateway: null, models, processes: [] },
})

test('the shares of the labels of all versions add up to one, with the rest', () => {
  const both = second(figures({ a: 2, b: 1 }), figures({ a: 1 }, 4))
  const lines = readLabels([second(), both], 'm')
  expect(lines.map(({ label }) => label)).toEqual(['a', 'b', undefined])
  expect(lines.map(({ share }) => share(both))).toEqual([3 / 8, 1 / 8, 4 / 8])
  expect(lines.map(({ share }) => share(second()))).toEqual([null, null, null])
})

test('of many labels five are listed; of a model that was asked nothing there are none', () => {
  const many = second(figures(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`l${i}`, i]))))
  expect(readLabels([many], 'm').map(({ label }) => label)).toEqual([
    'l19',
    'l18',
    'l17',
    'l16',
    'l15',
    undefined,
  ])
  expect(readLabels([many], 'other')).toEqual([])
})
