import { describe, expect, it, test } from 'vitest'

import type { Failure } from './retry.ts'
import { retryDelayMs } from './retry.ts'

const nowMs = Date.parse('2026-11-27T00:00:00Z')
const failure = (facts: Partial<Failure>): Failure => ({
  status: undefined,
  code: 'no_answer',
  retryAfter: null,
  ...facts,
})
const isRetried = (facts: Partial<Failure>, isRepeatable: boolean): boolean =>
  retryDelayMs(failure(facts), 1, { retries: 1, isRepeatable }, nowMs, 0.5) !== undefined

describe('what may be carried out more than once', () => {
  it.each([
    {},
    ...[408, 429, 502, 503, 504].map((status) => ({ status, code: 'http_error' })),
    { status: 503, code: 'overloaded' },
    { status: 502, code: 'answer_unknown' },
  ])('is retried after %j', (facts) => expect(isRetried(facts, true)).toBe(true))

  it.each([
    ...[400, 401, 404, 413, 500, 501, 505].map((status) => ({ status, code: 'http_error' })),
    { status: 307, code: 'redirected' },
    { status: 200, code: 'bad_answer' },
    { code: 'timed_out' },
  ])('is not retried after %j', (facts) => expect(isRetried(facts, true)).toBe(false))
})

describe('what may not', () => {
  it.each(['overloaded', 'no_instance', 'instance_paused'])(
    'is retried after 503 %s, which says that nothing took it',
    (code) => expect(isRetried({ status: 503, code }, false)).toBe(true),
  )

  it.each([
    {},
    { status: 502, code: 'answer_unknown' },
    { status: 503, code: 'http_error', retryAfter: '1' },
    { status: 429, code: 'http_error', retryAfter: '1' },
    { status: 500, code: 'overloaded' },
    { status: 504, code: 'http_error' },
  ])('is not retried after %j', (facts) => expect(isRetried(facts, false)).toBe(false))
})

test('so many retries, and no more', () => {
  const rules = { retries: 2, isRepeatable: true }
  const isRetriedAfter = (attempts: number): boolean =>
    retryDelayMs(failure({}), attempts, rules, nowMs, 0) !== undefined
  expect([1, 2, 3].map(isRetriedAfter)).toEqual([true, true, false])
  expect(retryDelayMs(failure({}), 1, { retries: 0, isRepeatable: true }, nowMs, 0)).toBeUndefined()
})

test('the time is random below one that doubles, up to five seconds', () => {
  const delayMs = (attempts: number, random: number): number | undefined =>
    retryDelayMs(failure({}), attempts, { retries: 2_000, isRepeatable: true }, nowMs, random)
  expect([1, 2, 3, 6, 7, 2_000].map((attempts) => delayMs(attempts, 1))).toEqual([100, 200, 400, 3_200, 5_000, 5_000]) // prettier-ignore
  expect([0, 0.25, 0.5].map((random) => delayMs(3, random))).toEqual([0, 100, 200])
})

test.each([
  ['2', 2_050],
  ['0', 50],
  ['Fri, 27 Nov 2026 00:00:03 GMT', 3_050],
  ['Thu, 26 Nov 2026 00:00:00 GMT', 50],
  ['soon', 50],
  ['-5', 50],
  ['', 50],
])('Retry-After: %j is waited for, and a little more', (retryAfter, delayMs) => {
  const facts = failure({ status: 503, code: 'overloaded', retryAfter })
  expect(retryDelayMs(facts, 1, { retries: 1, isRepeatable: false }, nowMs, 0.5)).toBe(delayMs)
})
