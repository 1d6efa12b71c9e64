import { expect, test } from 'vitest'

import type { SecondFigures } from '../contracts/index.ts'
import { describeSecond } from './describe-second.ts'

const quantiles = { p50Ms: 1, p95Ms: 2, p99Ms: 3 }
const instance = { ...quantiles, answers: [0, 0, 4, 0, 0, 2], inFlight: 2, workers: 1 }
const second: SecondFigures = {
  atMs: 5,
  durationMs: 2_000,
  gateway: {
    ...quantiles,
    answers: { primary: [0, 0, 8], backup: [], gateway: [0, 0, 0, 0, 1, 3] },
    ...{ queued: 4, retried: 0, hedged: 0, refused: 2, lost: 1, abandoned: 0 },
  },
  instances: { primary: instance, backup: instance },
  models: [],
  processes: [],
}

test('counts become rates: what was answered, and what of it failed for the caller', () => {
  expect(describeSecond(second).gateway).toEqual({
    ...{ answeredPerSecond: 6, failedPerSecond: 1.5, refusedPerSecond: 1, p50Ms: 1, p99Ms: 3 },
    ...{ inFlight: 4, waiting: 4 },
  })
})

test('behind nginx, which does not tell, what the workers answered counts', () => {
  const gateway = { ...quantiles, answers: null, queued: null, retried: null, hedged: null }
  const nginx = { ...second, gateway: { ...gateway, refused: null, lost: null, abandoned: null } }
  expect(describeSecond(nginx).gateway).toMatchObject({
    ...{ answeredPerSecond: 6, failedPerSecond: 2, refusedPerSecond: null, waiting: null },
  })
})

test('of a thousand models the busiest are told, of their labels the most frequent, by names that are not endless', () => {
  const models = Array.from({ length: 1_000 }, (_, index) => ({
    ...{ model: String(index), version: '1', isServed: true, predictions: index, withoutKnownWord: 0 },
    labels: Array.from({ length: 50 }, (_, label) => [`${label}`.padEnd(10_000, '标'), label] as const),
    ...{ meanConfidence: 0.5, unknownWordShare: 0 },
  }))
  const described = describeSecond({ ...second, models })
  expect(described.models).toHaveLength(20)
  expect(described.models[0]).toMatchObject({ model: '999', predictionsPerSecond: 499.5 })
  expect(described.models[0]?.labels).toHaveLength(6)
  expect(JSON.stringify(described).length).toBeLessThan(60_000)
  const [all, shown] = [(49 * 50) / 2, 49 + 48 + 47 + 46 + 45 + 44]
  expect(described.models[0]?.otherPerSecond).toBe((all - shown) / 2)
})
