import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { HistoryEntry } from '../../contracts/index.ts'
import { activeBefore, appendHistory, readHistory, wasTriedSince } from './history.ts'
import { noteRollout, readRolloutNote, removeRolloutNote } from './rollout-note.ts'
import type { RolloutNote } from './rollout-note.ts'

let storePath: string
beforeEach(() => (storePath = mkdtempSync(join(tmpdir(), 'changeover-history-'))))
afterEach(() => rmSync(storePath, { recursive: true }))

const entry = (atMs: number, action: HistoryEntry['action'], version: string, from: string | null) => ({
  atMs,
  action,
  model: 'm',
  version,
  from,
  by: 'somebody',
  outcome: 'done' as const,
})

test('lines are only added, and one that a crash has torn is left out', () => {
  expect(readHistory(storePath)).toEqual([])
  const first = entry(1, 'publish', '1', null)
  const second = { ...entry(2, 'deploy', '1', null), why: '为什么' }
  appendHistory(storePath, first)
  appendFileSync(join(storePath, 'history.jsonl'), '{"atMs":2,"action":"dep')
  expect(readHistory(storePath)).toEqual([first])
  appendHistory(storePath, second)
  appendHistory(storePath, first)
  expect(readHistory(storePath)).toEqual([first, second, first])
})

describe('by the history', () => {
  const history = [
    entry(10, 'publish', '1', null),
    entry(20, 'deploy', '1', null),
    entry(25, 'publish', '2', '1'),
    entry(30, 'deploy', '2', '1'),
    { ...entry(35, 'deploy', '3', '2'), outcome: 'failed' as const },
    entry(40, 'rollback', '1', '2'),
    { ...entry(50, 'deploy', '9', null), model: 'other' },
  ]

  test.each([
    [20, undefined],
    [21, '1'],
    [30, '1'],
    [31, '2'],
    [40, '2'],
    [99, '1'],
  ])('before %d the active version was %s', (atMs, version) => {
    expect(activeBefore(history, 'm', atMs)).toBe(version)
  })

  test('what served before its first line is what that line replaced', () => {
    expect(activeBefore(history.slice(3), 'm', 5)).toBe('1')
    expect(activeBefore([], 'm', 5)).toBeUndefined()
  })

  test('a version was tried where a rollout of it was begun, also one that failed', () => {
    const wasTried = (version: string, atMs = 0): boolean =>
      wasTriedSince(history, { model: 'm', version }, atMs)
    expect(['1', '2', '3', '9'].map((version) => wasTried(version))).toEqual([true, true, true, false])
    const last = Math.max(...history.filter(({ version }) => version === '3').map(({ atMs }) => atMs))
    expect([wasTried('3', last), wasTried('3', last + 1)]).toEqual([true, false])
  })
})

test('a rollout that is under way is known until it is removed', () => {
  expect(readRolloutNote(storePath)).toBeUndefined()
  const note: RolloutNote = {
    atMs: 1,
    action: 'deploy',
    model: 'm',
    version: '1',
    from: null,
    by: 'somebody',
  }
  noteRollout(storePath, note)
  expect(readRolloutNote(storePath)).toEqual(note)
  noteRollout(storePath, { ...note, version: '2' })
  expect(readRolloutNote(storePath)?.version).toBe('2')
  removeRolloutNote(storePath)
  removeRolloutNote(storePath)
  expect(readRolloutNote(storePath)).toBeUndefined()
})
