import { expect, test } from 'vitest'

import type { WatchedSecond, WatchedTraffic } from '../contracts/index.ts'
import { SecondRing } from './second-ring.ts'

const second = (atMs: number, figures: Partial<WatchedTraffic> | null = {}): WatchedSecond => ({
  atMs,
  durationMs: 1_000,
  models: [],
  processes: [],
  gateway: figures && {
    answeredPerSecond: 0,
    failedPerSecond: 0,
    refusedPerSecond: 0,
    p50Ms: null,
    p99Ms: null,
    inFlight: 0,
    waiting: 0,
    ...figures,
  },
})

function fill(
  ring: SecondRing,
  count: number,
  figures: (index: number) => Partial<WatchedTraffic> | null,
): void {
  for (let index = 0; index < count; index++) ring.add(second(index * 1_000, figures(index)))
}

test('keeps the last seconds as they are, and joins older ones', () => {
  const ring = new SecondRing({ seconds: 3, secondsPerStep: 2, steps: 10 })
  fill(ring, 7, (index) => ({ answeredPerSecond: index, p99Ms: 10 - index, waiting: index }))
  expect(
    ring.list().map(({ atMs, durationMs, gateway }) => [atMs, durationMs, gateway?.answeredPerSecond]),
  ).toEqual([
    [1_000, 2_000, 0.5],
    [3_000, 2_000, 2.5],
    [4_000, 1_000, 4],
    [5_000, 1_000, 5],
    [6_000, 1_000, 6],
  ])
  expect(ring.list()[0]?.gateway).toMatchObject({ p99Ms: 10, waiting: 1 })
})

test('keeps no more, however long it runs', () => {
  const ring = new SecondRing({ seconds: 3, secondsPerStep: 2, steps: 4 })
  fill(ring, 1_000, () => ({}))
  const kept = ring.list()
  expect(kept.length).toBeLessThanOrEqual(4 + 3 + 2)
  expect(kept.at(-1)?.atMs).toBe(999_000)
  expect(kept.map(({ atMs }) => atMs)).toEqual(kept.map(({ atMs }) => atMs).toSorted((a, b) => a - b))
})

test('a second without an answer of the gateway counts for nothing, and a step of them is unknown', () => {
  const ring = new SecondRing({ seconds: 2, secondsPerStep: 2, steps: 10 })
  fill(ring, 6, (index) => (index < 3 ? null : { answeredPerSecond: 8, refusedPerSecond: null, p50Ms: null }))
  const [unknown, half] = ring.list()
  expect(unknown?.gateway).toBeNull()
  expect(half?.gateway).toMatchObject({ answeredPerSecond: 8, refusedPerSecond: null, p50Ms: null })
})

test('a step has the labels of its seconds', () => {
  const ring = new SecondRing({ seconds: 1, secondsPerStep: 2, steps: 10 })
  const figures = (name: number, other: string) => ({
    ...second(name * 1_000),
    models: [
      {
        ...{
          model: 'm',
          version: '1',
          predictionsPerSecond: 4,
          meanConfidence: name,
          unknownWordShare: null,
        },
        labels: [['a', 2] as const, [other, 1] as const],
        otherPerSecond: 1,
      },
    ],
  })
  for (const one of [figures(0, 'b'), figures(1, 'c'), figures(2, 'b')]) ring.add(one)
  expect(ring.list()[0]?.models).toEqual([
    {
      ...{ model: 'm', version: '1', predictionsPerSecond: 4, meanConfidence: 0.5, unknownWordShare: 0 },
      labels: [
        ['a', 2],
        ['b', 0.5],
        ['c', 0.5],
      ],
      otherPerSecond: 1,
    },
  ])
})
