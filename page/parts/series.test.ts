import { expect, test } from 'vitest'

import type { WatchedSecond } from '../../src/contracts/stream.ts'
import { errorsOf, readSeries, summarize } from './series.ts'

const second = (atMs: number, durationMs = 1_000): WatchedSecond => ({
  atMs,
  durationMs,
  gateway: null,
  models: [],
  processes: [],
})
const read = (...series: readonly WatchedSecond[]) => readSeries(series, 60_000, [({ atMs }) => atMs])

test('a chart shows the last part of a series', () => {
  expect(read(second(0), second(100_000), second(101_000)).times).toEqual([100, 101])
})

test('a time in which nothing was received is a gap, one of a longer step is not', () => {
  expect(read(second(1_000), second(20_000), second(30_000, 10_000)).lines).toEqual([
    [1_000, null, 20_000, 30_000],
  ])
})

test('times never go back, as uPlot wants them, although the clock of the server was set back: what came last is shown', () => {
  expect(read(second(3_000), second(5_000), second(4_000), second(6_000)).times).toEqual([3, 4, 6])
  expect(read(second(90_000), second(91_000), second(30_000), second(31_000)).times).toEqual([30, 31])
  expect(read(second(5_000), second(5_000)).times).toEqual([5])
})

test('what was refused is among what failed, and is counted once', () => {
  const gateway = {
    ...{ answeredPerSecond: 9, failedPerSecond: 5, refusedPerSecond: 3 },
    ...{ p50Ms: 1, p99Ms: 2, inFlight: 0, waiting: 0 },
  }
  expect(errorsOf({ ...second(1_000), gateway })).toBe(5)
  expect(errorsOf(second(1_000))).toBeNull()
})

test('a line is summed up for those who do not see it', () => {
  expect(summarize([null, 3, 1, 2])).toEqual({ now: 2, low: 1, high: 3 })
  expect(summarize([3, null])).toEqual({ now: null, low: 3, high: 3 })
  expect(summarize([null])).toBeUndefined()
})
