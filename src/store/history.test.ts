import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import type { HistoryEntry } from '../contracts/index.ts'
import { appendHistory, noteRollout, readHistory, readRolloutNote, removeRolloutNote } from './index.ts'
import type { RolloutNote } from './index.ts'

let store = ''
beforeEach(() => {
  store = mkdtempSync(join(tmpdir(), 'changeover-history-'))
})
afterEach(() => rmSync(store, { recursive: true, force: true }))

const entry = (version: string): HistoryEntry => ({
  atMs: 1,
  action: 'deploy',
  model: 'm',
  version,
  from: null,
  by: 'somebody',
  outcome: 'done',
})

test('what was done is read in its order, and a line that a crash has torn is left out', () => {
  expect(readHistory(store)).toEqual([])
  appendHistory(store, entry('1'))
  appendFileSync(join(store, 'history.jsonl'), '{"atMs":1,"acti')
  appendHistory(store, entry('2'))
  appendHistory(store, entry('3'))
  expect(readHistory(store)).toEqual([entry('1'), entry('2'), entry('3')])
})

test('a rollout that is under way is known until it is removed', () => {
  expect(readRolloutNote(store)).toBeUndefined()
  const note: RolloutNote = {
    atMs: 1,
    action: 'deploy',
    model: 'm',
    version: '1',
    from: null,
    by: 'somebody',
  }
  noteRollout(store, note)
  expect(readRolloutNote(store)).toEqual(note)
  noteRollout(store, { ...note, version: '2' })
  expect(readRolloutNote(store)?.version).toBe('2')
  removeRolloutNote(store)
  removeRolloutNote(store)
  expect(readRolloutNote(store)).toBeUndefined()
})
