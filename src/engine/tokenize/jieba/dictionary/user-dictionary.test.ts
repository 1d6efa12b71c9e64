import { expect, test } from 'vitest'

import { addUserDictionary } from './user-dictionary.ts'
import { readDictionary } from './word-frequencies.ts'

const words = () => readDictionary('甲 40\n乙 40\n甲乙丙 20\n')

test('adds words with their frequencies, whatever the tag, and their beginnings', () => {
  const added = words()
  expect(addUserDictionary(added, '\ufeff丁戊己 7 nz\r\n\n  a b 3 \n')).toEqual([])
  expect(added.total).toBe(110)
  const known = { 丁戊己: 7, 丁戊: 0, 丁: 0, 'a b': 3, a: 0, 'a ': 0, b: undefined, '': undefined }
  for (const [word, frequency] of Object.entries(known)) expect(added.frequencies.get(word)).toBe(frequency)
})

test('gives a word without a frequency one above that of its pieces: 100 · 0.4 · 0.4 + 1', () => {
  const added = words()
  addUserDictionary(added, '甲乙\n')
  expect(added.frequencies.get('甲乙')).toBe(17)
})

test('takes the pieces after the lines before: letters in a row are one piece, a beginning counts as 0', () => {
  const added = words()
  addUserDictionary(added, '丁戊 5\n甲,ab\n丁乙\n')
  expect(added.frequencies.get('甲,ab')).toBe(1)
  expect(added.frequencies.get('丁乙')).toBe(1)
})

test('returns the words to be split', () => {
  expect(addUserDictionary(words(), '甲乙 0\n乙甲 0 n\n')).toEqual(['甲乙', '乙甲'])
})
