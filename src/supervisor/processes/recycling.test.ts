import { expect, test } from 'vitest'

import { drawLimit } from './recycling.ts'

test('a worker is renewed after so many answers, and up to the jitter more', () => {
  const draw = (random: number): number =>
    drawLimit({ maxRequests: 100, maxRequestsJitter: 10 }, () => random)
  expect([0, 0.5, 0.999].map(draw)).toEqual([100, 105, 110])
  expect(drawLimit({ maxRequests: 100, maxRequestsJitter: 0 }, () => 0.999)).toBe(100)
})
