import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { charactersTokenizer } from './characters.ts'
import { createIntlTokenizer } from './intl.ts'
import { whitespaceTokenizer } from './tokenizer.ts'

const intl = createIntlTokenizer()

describe('characters', () => {
  test.each([
    ['您贵姓？', '您 贵 姓 ？'],
    ['加QQ 5号', '加 Q Q 5 号'],
    ['  a\t\n\r\v\f\0b ', 'a b'],
    ['全\u3000角\u00a0空', '全 \u3000 角 \u00a0 空'],
    ['𠮷野家👍🏽', '𠮷 野 家 👍 🏽'],
    ['e\u0301', 'e \u0301'],
    ['\ud842', '\ud842'],
    [' \t ', ''],
    ['', ''],
  ])('%j becomes %j', (text, tokens) => {
    expect(charactersTokenizer.tokenize(text)).toBe(tokens)
  })
})

describe('intl', () => {
  test.each([
    ['您好，请问您贵姓？', '您好 ， 请问 您 贵姓 ？'],
    ['加 QQ 2001-11-11', '加 QQ 2001 - 11 - 11'],
    ["I can't", "I can't"],
    ['a \u0308b', 'a \u0308 b'],
    ['👨‍👩‍👧‍👦好', '👨‍👩‍👧‍👦 好'],
    ['\r\n \t', ''],
    ['', ''],
  ])('%j becomes %j', (text, tokens) => {
    expect(intl.tokenize(text)).toBe(tokens)
  })
})

test('no tokenizer but whitespace gives an empty token, and no character gets lost', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      for (const { tokenize } of [charactersTokenizer, intl]) {
        const joined = tokenize(text)
        expect(joined === '' || joined.split(' ').every((token) => token !== '')).toBe(true)
        expect(joined.replaceAll(' ', '')).toBe(text.replace(/[\0\t-\r ]/g, ''))
      }
    }),
  )
})

test('whitespace leaves the text to fastText as it is', () => {
  expect(whitespaceTokenizer.tokenize(' 您  贵姓\t？ ')).toBe(' 您  贵姓\t？ ')
})
