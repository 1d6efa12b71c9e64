import fc from 'fast-check'
import { expect, test } from 'vitest'

import { chanceOfGrowth } from './score-test.ts'

/** The chance of a standard normal number above `z`, by Simpson's rule; beyond 12 there is nothing to speak of. */
function tailBySimpson(z: number): number {
  const steps = 20_000
  const width = (12 - z) / steps
  const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)
  let sum = density(z) + density(12)
  for (let i = 1; i < steps; i++) sum += (i % 2 === 1 ? 4 : 2) * density(z + i * width)
  return (sum * width) / 3
}

// With a share of a half in both samples of 200 the deviation of the difference is √(2 · 0.25 / 200) = 0.05, if nothing may
// change. So these are the chances of the usual table of the normal distribution above 1.645, 1.96 and 2.576.
test.each([
  [0.08225, 0.05],
  [0.098, 0.025],
  [0.1288, 0.005],
])('a growth by %f of a half has the chance %f', (growth, chance) => {
  expect(chanceOfGrowth(0.5, growth, 0, { before: 200, after: 200 })).toBeCloseTo(chance, 4)
})

test('the second sample varies as a share at the limit does', () => {
  // √(0.2 · 0.8 / 100 + 0.3 · 0.7 / 400)
  const deviation = Math.sqrt(0.0016 + 0.000525)
  expect(chanceOfGrowth(0.2, 0.15, 0.1, { before: 100, after: 400 })).toBeCloseTo(
    tailBySimpson(0.05 / deviation),
    6,
  )
})

test('no growth beyond what is allowed is certain', () => {
  expect(chanceOfGrowth(0.3, 0.1, 0.1, { before: 10, after: 10 })).toBe(1)
  expect(chanceOfGrowth(0.3, -0.2, 0, { before: 10, after: 10 })).toBe(1)
})

test('what grows from nothing though nothing may grow cannot be chance', () => {
  expect(chanceOfGrowth(0, 0.01, 0, { before: 10, after: 10 })).toBe(0)
})

const share = fc.double({ min: 0, max: 1, noNaN: true })
const size = fc.integer({ min: 1, max: 1_000_000 })

test('is a chance, and smaller for a larger growth, a smaller limit below a half, and for more answers', () => {
  fc.assert(
    fc.property(share, share, share, size, size, fc.integer({ min: 2, max: 50 }), (...given) => {
      const [shareBefore, growth, allowed, before, after, times] = given
      const chance = chanceOfGrowth(shareBefore, growth, allowed, { before, after })
      expect(chance).toBeGreaterThanOrEqual(0)
      expect(chance).toBeLessThanOrEqual(1)
      const larger = chanceOfGrowth(shareBefore, growth * 1.1, allowed, { before, after })
      expect(larger).toBeLessThanOrEqual(chance + 1e-6)
      const more = { before: before * times, after: after * times }
      expect(chanceOfGrowth(shareBefore, growth, allowed, more)).toBeLessThanOrEqual(chance + 1e-6)
      if (shareBefore + allowed <= 0.5) {
        const stricter = chanceOfGrowth(shareBefore, growth, allowed / 2, { before, after })
        expect(stricter).toBeLessThanOrEqual(chance + 1e-6)
      }
    }),
  )
})
