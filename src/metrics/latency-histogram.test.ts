import fc from 'fast-check'
import { expect, test } from 'vitest'

import { LatencyHistogram } from './latency-histogram.ts'

function histogramOf(durations: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram()
  for (const durationMs of durations) histogram.add(durationMs)
  return histogram
}

test('a quantile is that of the sorted durations, and 4.5 % more at most', () => {
  const duration = fc.double({ min: 0.002, max: 1e6, noNaN: true })
  fc.assert(
    fc.property(
      fc.array(duration, { minLength: 1, maxLength: 300 }),
      fc.constantFrom(0.5, 0.9, 0.99, 1),
      (durations, q) => {
        const sorted = durations.toSorted((a, b) => a - b)
        const exact = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0
        const found = histogramOf(durations).quantile(q) ?? 0
        expect(found).toBeGreaterThanOrEqual(exact * 0.9999)
        expect(found).toBeLessThanOrEqual(exact * 1.045)
      },
    ),
  )
})

test('nothing counted has no quantile, and what is beyond the scale is counted at its ends', () => {
  expect(histogramOf([]).quantile(0.5)).toBeNull()
  const histogram = histogramOf([0, 1e12])
  expect(histogram.total).toBe(2)
  expect(histogram.quantile(0.5)).toBeLessThan(0.002)
  expect(histogram.quantile(1)).toBeGreaterThan(1e6)
})

test('what has come since is added from the buckets of another process', () => {
  const other = histogramOf([1, 2])
  const before = other.toBuckets()
  other.add(100)
  other.add(2)
  const histogram = new LatencyHistogram()
  histogram.addSince(before, other.toBuckets())
  expect(histogram.toBuckets()).toEqual(histogramOf([2, 100]).toBuckets())
  expect(histogram.total).toBe(2)
})

test('two histograms merged are one of both', () => {
  const merged = histogramOf([1, 2, 3])
  merged.merge(histogramOf([100]))
  expect(merged.total).toBe(4)
  expect(merged.quantile(1)).toBeCloseTo(histogramOf([100]).quantile(1) ?? 0)
})
