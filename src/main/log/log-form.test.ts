import { expect, test } from 'vitest'

import { chooseForm } from './log-form.ts'

const pipe = { isFile: false, isTerminal: false, isJournal: false }

test('text where people read, JSON where programs do', () => {
  expect(chooseForm('auto', pipe)).toBe('json')
  expect(chooseForm('auto', { ...pipe, isTerminal: true })).toBe('text')
  expect(chooseForm('auto', { ...pipe, isJournal: true })).toBe('journal')
  expect(chooseForm('auto', { ...pipe, isFile: true })).toBe('text')
  expect(chooseForm('auto', { ...pipe, isFile: true, isJournal: true })).toBe('text')
})

test('what the configuration says holds everywhere', () => {
  const all = [pipe, { ...pipe, isTerminal: true }, { ...pipe, isJournal: true }, { ...pipe, isFile: true }]
  expect(all.map((target) => chooseForm('json', target))).toEqual(['json', 'json', 'json', 'json'])
  expect(all.map((target) => chooseForm('text', target))).toEqual(['text', 'text', 'journal', 'text'])
})
