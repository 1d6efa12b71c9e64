import { expect, test } from 'vitest'

import { tokenizeLine } from './labelled-line.ts'

test.each([
  ['__label__name 您贵姓', '__label__name <您贵姓>'],
  ['__label__a __label__b text', '__label__a __label__b <text>'],
  ['__label__a\t __label__b  text __label__c', '__label__a\t __label__b  <text __label__c>'],
  [' __label__a text', ' __label__a <text>'],
  ['__label__姓名 text', '__label__姓名 <text>'],
  ['__label__a', '__label__a<>'],
  ['__label__a ', '__label__a <>'],
  ['__label__a\u3000text', '__label__a\u3000text<>'],
  ['text __label__a', '<text __label__a>'],
  ['__label_a text', '<__label_a text>'],
  ['  text', '<  text>'],
  ['', '<>'],
])('%j becomes %j', (line, expected) => {
  expect(tokenizeLine(line, (text) => `<${text}>`)).toBe(expected)
})
