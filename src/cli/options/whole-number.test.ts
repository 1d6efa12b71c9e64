import { assert as check, integer, property, string } from 'fast-check'
import { expect, test } from 'vitest'

import { ChangeoverError } from '../../contracts/index.ts'
import { wholeNumber } from './whole-number.ts'

const workers = wholeNumber('-w', { min: 1, max: 999_999 })
const labels = wholeNumber('-k', { min: 1, also: { value: -1, meaning: 'for all labels' } })

test('takes the digits of a number in the range, both ends included', () => {
  expect(['1', '42', '999999', '007'].map(workers)).toEqual([1, 42, 999_999, 7])
  expect(wholeNumber('-t', { min: 0 })('0')).toBe(0)
  expect(labels('-1')).toBe(-1)
})

test.each([
  ['1.5'],
  ['1e3'],
  ['0x10'],
  ['1_000'],
  ['+1'],
  [' 1'],
  ['1 '],
  ['1\n'],
  ['１'],
  [''],
  ['-'],
  ['NaN'],
  ['Infinity'],
  ['0'],
  ['-1'],
  ['1000000'],
])('refuses %j with the option, the value and what is allowed', (value) => {
  expect(() => workers(value)).toThrow(
    new ChangeoverError('bad_usage', `-w takes a whole number from 1 to 999999, not “${value}”`),
  )
})

test('the error names a number with a meaning of its own', () => {
  expect(() => labels('0')).toThrow('-k takes a whole number from 1 on, or -1 for all labels, not “0”')
  expect(() => labels('-2')).toThrow('not “-2”')
})

test('a number that a double cannot hold exactly is refused', () => {
  const keep = wholeNumber('--keep', { min: 1 })
  expect(keep('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER)
  expect(() => keep('9007199254740992')).toThrow('--keep takes a whole number from 1 on')
})

test('every whole number of the range is taken, and of any other text none', () => {
  check(property(integer({ min: 1, max: 999_999 }), (number) => workers(String(number)) === number))
  check(
    property(
      string().filter((text) => !/^\d+$/.test(text)),
      (text) => {
        expect(() => workers(text)).toThrow(ChangeoverError)
      },
    ),
  )
})
