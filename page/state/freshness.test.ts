import { describe, expect, test } from 'vitest'

import type { Clocks } from './freshness.ts'
import { Freshness, staleAfterMs } from './freshness.ts'

/** The browser's clock is a day ahead. */
const clocks = (steadyMs: number, dateMs = 86_400_000 + steadyMs): Clocks => ({ steadyMs, dateMs })

describe('the age of what is shown', () => {
  test('is by the time of the server, whatever the clock of the browser says', () => {
    const freshness = new Freshness()
    freshness.note({ atMs: 1_000, upMs: 50 }, clocks(0), true)
    expect(freshness.serverMs(clocks(2_500))).toBe(3_500)
    expect(freshness.ageMs(clocks(2_500))).toBe(2_500)
  })

  test('counts how late lines are that wait on the way', () => {
    const freshness = new Freshness()
    for (let second = 0; second < 10; second++)
      freshness.note({ atMs: second * 1_000, upMs: second * 1_000 }, clocks(second * 1_000), second === 0)
    freshness.note({ atMs: 10_000, upMs: 10_000 }, clocks(40_000), false)
    expect(freshness.ageMs(clocks(40_000))).toBeGreaterThan(29_000)
    freshness.note({ atMs: 40_500, upMs: 40_500 }, clocks(40_500), false)
    expect(freshness.ageMs(clocks(40_500))).toBeLessThan(100)
  })

  test('grows while the machine sleeps, although one of its clocks stands still', () => {
    const freshness = new Freshness()
    freshness.note({ atMs: 0, upMs: 0 }, clocks(0, 0), true)
    expect(freshness.ageMs(clocks(100, 3_600_000))).toBe(3_600_000)
    expect(freshness.ageMs(clocks(3_600_000, 100))).toBe(3_600_000)
  })

  test('is not wrong when the clock of the server is set, or another supervisor has begun', () => {
    const freshness = new Freshness()
    freshness.note({ atMs: 1_000, upMs: 1_000 }, clocks(0), true)
    freshness.note({ atMs: 9_000_000, upMs: 2_000 }, clocks(1_000), false)
    expect(freshness.ageMs(clocks(1_000))).toBeLessThan(2)
    freshness.note({ atMs: 9_001_000, upMs: 5 }, clocks(2_000), true)
    expect(freshness.ageMs(clocks(2_000))).toBe(0)
  })

  test('is right after weeks in which the clocks have drifted apart', () => {
    const freshness = new Freshness()
    for (let second = 0; second < 100_000; second++)
      freshness.note({ atMs: second * 1_000, upMs: second * 1_000 }, clocks(second * 1_000.2), second === 0)
    expect(freshness.ageMs(clocks(99_999 * 1_000.2))).toBeLessThan(staleAfterMs / 10)
  })

  test('is without end before the first line', () => {
    expect(new Freshness().ageMs(clocks(0))).toBe(Infinity)
    expect(new Freshness().serverMs(clocks(0))).toBeUndefined()
  })
})
