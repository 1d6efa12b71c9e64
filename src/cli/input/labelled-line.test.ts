import { expect, test } from 'vitest'

import { createLabelTest } from '../../engine/fasttext/index.ts'
import { tokenizeLine } from './labelled-line.ts'

test.each([
  ['__label__name 您贵姓', '__label__name <您贵姓>'],
  ['__label__a __label__b text', '__label__a __label__b <text>'],
  ['__label__a\t __label__b  text __label__c', '__label__a\t __label__b  <text> __label__c'],
  ['text __label__b more', '<text> __label__b <more>'],
  ['text__label__b', '<text__label__b>'],
  [' __label__a text', ' __label__a <text>'],
  ['__label__姓名 text', '__label__姓名 <text>'],
  ['__label__a', '__label__a'],
  ['__label__a ', '__label__a '],
  ['__label__a\u3000text', '__label__a\u3000text'],
  ['text __label__a', '<text> __label__a'],
  ['__label_a text', '<__label_a text>'],
  ['  text', '<  text>'],
  ['', ''],
])('%j becomes %j', (line, expected) => {
  expect(tokenizeLine(line, createLabelTest([]), (text) => `<${text}>`)).toBe(expected)
})

test('labels are those with the prefix, those of the model, and those that begin like all of them', () => {
  const tokenize = (text: string): string => `<${text}>`
  const line = 'text __class__b yes __class__new __label__c'
  expect(tokenizeLine(line, createLabelTest([], '__class__'), tokenize)).toBe(
    '<text> __class__b <yes> __class__new <__label__c>',
  )
  expect(tokenizeLine(line, createLabelTest(['__class__a', '__class__b']), tokenize)).toBe(
    '<text> __class__b <yes> __class__new __label__c',
  )
  expect(tokenizeLine(line, createLabelTest(['yes', 'no']), tokenize)).toBe(
    '<text __class__b> yes <__class__new> __label__c',
  )
})
