import { expect, test } from 'vitest'

import { FailureDelay } from './failure-delay.ts'

test('the delay doubles with each failure of an address, up to 5 s, and begins anew after ten quiet minutes', () => {
  const delay = new FailureDelay()
  const delays = Array.from({ length: 9 }, (_, i) => delay.fail('10.0.0.1', i).delayMs)
  expect(delays).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000])
  expect(delay.fail('10.0.0.2', 10)).toEqual({ count: 1, delayMs: 100 })
  expect(delay.fail('10.0.0.1', 600_009)).toEqual({ count: 1, delayMs: 100 })
})

test('a network of IPv6 counts as one address', () => {
  const delay = new FailureDelay()
  delay.fail('2001:db8:1:2::1', 0)
  expect(delay.fail('2001:db8:1:2:3:4:5:6', 1).count).toBe(2)
  expect(delay.fail('2001:db8:1:3::1', 2).count).toBe(1)
  expect(delay.fail('::1', 3).count).toBe(1)
})

test('a hundred thousand addresses take the memory of a thousand, and a great number of failures no longer than 5 s', () => {
  const delay = new FailureDelay()
  for (let i = 0; i < 100_000; i++) delay.fail(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, i)
  expect(delay.size).toBe(1_000)
  for (let i = 0; i < 10_000; i++) delay.fail('10.0.0.1', 0)
  expect(delay.fail('10.0.0.1', 0).delayMs).toBe(5_000)
})
