import { expect, test } from 'vitest'

import { parseMoment } from './parse-moment.ts'

const nowMs = Date.UTC(2026, 10, 23, 12)

test.each([
  ['30m', Date.UTC(2026, 10, 23, 11, 30)],
  ['2h', Date.UTC(2026, 10, 23, 10)],
  ['1d', Date.UTC(2026, 10, 22, 12)],
  ['90s', nowMs - 90_000],
  ['2026-11-23T08:00Z', Date.UTC(2026, 10, 23, 8)],
  ['2026-11-23T08:00:05', Date.UTC(2026, 10, 23, 8, 0, 5)],
  ['2026-11-23 08:00', Date.UTC(2026, 10, 23, 8)],
  ['2026-11-23T08:00+08:00', Date.UTC(2026, 10, 23)],
  ['2026-11-23', Date.UTC(2026, 10, 23)],
])('%s is a moment', (text, atMs) => {
  expect(parseMoment(text, nowMs)).toBe(atMs)
})

test.each(['', 'yesterday', '2', '2w', '-2h', '2026', '2026-13-40', '2026-11-23T99:00Z'])(
  '“%s” is none',
  (text) => {
    expect(() => parseMoment(text, nowMs)).toThrow(expect.objectContaining({ code: 'bad_usage' }))
  },
)
