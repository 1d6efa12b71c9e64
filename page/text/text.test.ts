import { describe, expect, test } from 'vitest'

import { en } from './en.ts'
import { cutText, formatAge, formatBytes, formatMs, formatNumber } from './format.ts'
import { zh } from './zh.ts'

const names = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).toSorted()

test.each(Object.keys(en) as (keyof typeof en)[])(
  'the Chinese text %s has the values of the English one',
  (key) => {
    expect(names(zh[key])).toEqual(names(en[key]))
    expect(zh[key]).not.toBe('')
  },
)

describe('a text from outside', () => {
  test('is cut between characters, not within them', () => {
    expect(cutText('𠀀'.repeat(5), 5)).toBe('𠀀𠀀𠀀𠀀𠀀')
    expect(cutText('𠀀'.repeat(10_000), 5)).toBe('𠀀𠀀𠀀𠀀…')
    expect(cutText('x'.repeat(10_000), 8)).toBe('xxxxxxx…')
  })

  test('shows what would reorder or hide it', () => {
    expect(cutText('a\u202eb\u2066c\u200b\n\u0000', 80)).toBe('a·b·c···')
  })
})

test('figures are short, and what is not known is a dash', () => {
  expect(formatNumber(1_234.5, 'en')).toBe('1,235')
  expect(formatNumber(12.345, 'en')).toBe('12.3')
  expect(formatNumber(0.123, 'zh')).toBe('0.12')
  expect([formatNumber(null, 'en'), formatMs(NaN, 'en')]).toEqual(['–', '–'])
  expect(formatMs(12_345, 'en')).toBe('12.3 s')
  expect(formatBytes(15 * 2 ** 20, 'en')).toBe('15 MiB')
  expect(formatAge(90_000, 'en')).toBe('1 min')
  expect(formatAge(90_000, 'zh')).toBe('1分钟')
  expect(formatAge(-5, 'en')).toBe('0 secs')
})
