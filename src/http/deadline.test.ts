import { expect, it } from 'vitest'

import type { Awaited } from './deadline.ts'
import { deadlineMs } from './deadline.ts'

const limits = {
  headLimitBytes: 16_384,
  maxHeaders: 100,
  bodyLimitBytes: 1_048_576,
  headersTimeoutMs: 1_000,
  bodyTimeoutMs: 2_000,
  sendTimeoutMs: 3_000,
  keepAliveTimeoutMs: 4_000,
}

it.each<[Awaited, number, number]>([
  ['nothing', 4_000, 400],
  ['head', 1_000, 100],
  ['body', 2_000, 200],
  ['taking its answers', 3_000, 300],
  ['closing', 5_000, 5_000],
  ['us', Infinity, Infinity],
])('gives a client its time for “%s”, and less of it while memory is tight', (awaited, usual, tight) => {
  expect(deadlineMs(awaited, limits, false)).toBe(usual)
  expect(deadlineMs(awaited, limits, true)).toBe(tight)
})
