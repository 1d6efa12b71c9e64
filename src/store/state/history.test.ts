import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { HistoryEntry, HistoryQuery } from '../../contracts/index.ts'
import type { Files } from '../fs/files.ts'
import { nodeFiles } from '../fs/files.ts'
import {
  activeBefore,
  appendHistory,
  HistoryFollower,
  latestHistory,
  readHistory,
  takeLatestHistory,
} from './history.ts'
import type { RolloutNote } from './rollout-note.ts'
import { noteRollout, readRolloutNote, removeRolloutNote } from './rollout-note.ts'

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

/** The times of the first entries; reads no more than these. */
function take(entries: Iterable<HistoryEntry>, count: number): number[] {
  const times: number[] = []
  for (const { atMs } of entries) {
    times.push(atMs)
    if (times.length === count) break
  }
  return times
}

describe('a history that grows', () => {
  const limits = { segmentBytes: 1_000, keptBytes: 4_000 }
  const append = (atMs: number): void =>
    appendHistory(storePath, entry(atMs, 'deploy', String(atMs), null), undefined, limits)
  const bytes = (): number =>
    readdirSync(storePath, { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)

  test('is bounded, keeps the latest without a gap, and is read from its end', () => {
    for (let atMs = 1; atMs <= 500; atMs++) append(atMs)
    expect(bytes()).toBeLessThan(limits.keptBytes + 2 * limits.segmentBytes)
    const kept = readHistory(storePath).map(({ atMs }) => atMs)
    expect(kept.length).toBeGreaterThan(25)
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => 501 - kept.length + i))
    const latest = latestHistory(storePath)
    expect(take(latest, 2)).toEqual([500, 499])
  })

  test('of an earlier build, in one large file, stays until enough has followed it', () => {
    const line = JSON.stringify(entry(1, 'publish', 'old', null))
    writeFileSync(join(storePath, 'history.jsonl'), `${line}\n`.repeat(100))
    const isThere = (): boolean => readHistory(storePath).some(({ version }) => version === 'old')
    for (let atMs = 2; atMs <= 30; atMs++) append(atMs)
    expect(isThere()).toBe(true)
    for (let atMs = 31; atMs <= 100; atMs++) append(atMs)
    expect(isThere()).toBe(false)
  })

  test('a follower is given each entry once, also those that were put aside meanwhile', () => {
    const follower = new HistoryFollower(storePath)
    const seen: number[] = []
    for (let atMs = 1; atMs <= 100; atMs++) {
      append(atMs)
      if (atMs % 7 === 0) seen.push(...[...follower.takeNew()].map((one) => one.atMs))
    }
    seen.push(...[...follower.takeNew()].map((one) => one.atMs))
    expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
    expect([...follower.takeNew()]).toEqual([])
    appendFileSync(join(storePath, 'history.jsonl'), '{"atMs":2,"action":"dep')
    expect([...follower.takeNew()]).toEqual([])
    append(101)
    expect([...follower.takeNew()].map((one) => one.atMs)).toEqual([101])
  })

  test('a follower is given each entry once, also if the file is renamed while it looks', () => {
    let rotate: () => void = () => undefined
    const listAndRotate = ((path: string) => {
      const names = readdirSync(path)
      rotate()
      return names
    }) as Files['readdirSync']
    const follower = new HistoryFollower(storePath, { readdirSync: listAndRotate })
    const takeNew = (): number[] => [...follower.takeNew()].map((one) => one.atMs)
    append(1)
    append(2)
    expect(takeNew()).toEqual([1, 2])
    rotate = () => {
      renameSync(join(storePath, 'history.jsonl'), join(storePath, 'history-000099-0.jsonl'))
      append(3)
      rotate = () => undefined
    }
    expect([...takeNew(), ...takeNew()]).toEqual([3])
    expect(takeNew()).toEqual([])
  })

  test('what somebody still writes into a file that was put aside is read', () => {
    append(1)
    const late = openSync(join(storePath, 'history.jsonl'), 'a')
    for (let atMs = 2; atMs <= 20; atMs++) append(atMs)
    writeSync(late, `${JSON.stringify(entry(99, 'publish', '99', null))}\n`)
    closeSync(late)
    expect(readHistory(storePath).filter(({ atMs }) => atMs === 99)).toHaveLength(1)
    expect(readHistory(storePath)).toHaveLength(21)
  })

  /** Appends to a full history, and has `meanwhile` run just before a call of the file system; returns whether it came to that. */
  const appendWhile = (folder: string, atCall: number, meanwhile: () => void): boolean => {
    let calls = 0
    const files = Object.fromEntries(
      Object.entries(nodeFiles).map(([name, call]) => [
        name,
        (...args: never[]): unknown => {
          if (++calls === atCall) meanwhile()
          return (call as (...args: never[]) => unknown)(...args)
        },
      ]),
    ) as typeof nodeFiles
    appendHistory(folder, entry(6, 'deploy', '6', null), files, full)
    return calls >= atCall
  }
  const full = { segmentBytes: 1, keptBytes: 1_000_000 }

  test.each([1, 2, 3])(
    'put aside by two at once keeps its order and every line, and each number is given once (%d lines meanwhile)',
    (count) => {
      const before = [1, 2, 3, 4, 5]
      const meanwhile = Array.from({ length: count }, (_, i) => 101 + i)
      let moments = 0
      for (let atCall = 1; ; atCall++) {
        const folder = join(storePath, `at-${atCall}`)
        for (const atMs of before) appendHistory(folder, entry(atMs, 'deploy', '1', null))
        const isOver = !appendWhile(folder, atCall, () => {
          for (const atMs of meanwhile)
            appendHistory(folder, entry(atMs, 'deploy', '1', null), undefined, full)
        })
        if (isOver) break
        moments += 1
        const times = readHistory(folder).map(({ atMs }) => atMs)
        expect(times.slice(0, before.length), `call ${atCall}: ${times.join()}`).toEqual(before)
        const ofOther = times.filter((atMs) => atMs > 100)
        expect(ofOther, `call ${atCall}`).toEqual(meanwhile)
        expect(times, `call ${atCall}`).toHaveLength(before.length + count + 1)
        const numbers = readdirSync(folder).flatMap((name) => /^history-(\d+)/.exec(name)?.[1] ?? [])
        expect(new Set(numbers).size, `call ${atCall}: ${numbers.join()}`).toBe(numbers.length)
      }
      expect(moments).toBeGreaterThan(10)
    },
  )

  test('one that cannot be put aside grows on', () => {
    const files = {
      ...nodeFiles,
      renameSync: () => {
        throw new Error('EIO')
      },
    }
    for (let atMs = 1; atMs <= 30; atMs++)
      appendHistory(storePath, entry(atMs, 'deploy', '1', null), files, limits)
    expect(readHistory(storePath)).toHaveLength(30)
  })

  test('the latest of 100,000 entries take milliseconds', () => {
    const line = JSON.stringify({ ...entry(1, 'deploy', '1', null), why: '为什么'.repeat(20) })
    writeFileSync(join(storePath, 'history.jsonl'), `${line}\n`.repeat(100_000))
    append(2)
    const begunMs = performance.now()
    const latest = latestHistory(storePath)
    const taken = take(latest, 20)
    expect(performance.now() - begunMs).toBeLessThan(50)
    expect(taken).toEqual([2, ...Array.from({ length: 19 }, () => 1)])
  })
})

test('the latest entries are taken, of one model if it is named', () => {
  for (let atMs = 1; atMs <= 9; atMs++)
    appendHistory(storePath, { ...entry(atMs, 'deploy', '1', null), model: atMs % 3 === 0 ? 'other' : 'm' })
  const timesOf = (query: HistoryQuery): number[] =>
    takeLatestHistory(storePath, query).map(({ atMs }) => atMs)
  expect(timesOf({ count: 2 })).toEqual([8, 9])
  expect(timesOf({ count: 2, model: 'other' })).toEqual([6, 9])
  expect(timesOf({ count: 100, model: 'other' })).toEqual([3, 6, 9])
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
    expect(activeBefore(history.toReversed(), { model: 'm' }, atMs)).toBe(version)
  })

  test('what served before its first line is what that line replaced', () => {
    expect(activeBefore(history.slice(3).reverse(), { model: 'm' }, 5)).toBe('1')
    expect(activeBefore([], { model: 'm' }, 5)).toBeUndefined()
  })
})

test('a rollout in progress is read until it is removed', () => {
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
