import { expect, test } from 'vitest'

import type { FoundFile, Known, Memory } from './scan.ts'
import { nothingSeen, scan, settle } from './scan.ts'

const file = (version: string, fingerprint = 'a', model = 'm'): FoundFile => ({
  model,
  version,
  name: `${model}_${version}.bin`,
  fingerprint,
  changedAtMs: 0,
})
const known = (active?: string, tried: readonly string[] = []): Known => ({
  active: () => active,
  isKnown: ({ version }) => tried.includes(version),
  compare: (a, b) => Number(a) - Number(b),
})
const at = (nowMs: number) => ({ settleMs: 100, nowMs })
const names = (files: readonly FoundFile[]): string[] => files.map(({ name }) => name)

/** Looks at each listing in turn, 60 ms apart, and says what was ripe each time. */
function looks(listings: readonly (readonly FoundFile[])[], facts: Known = known('1')): string[][] {
  let memory: Memory = nothingSeen
  return listings.map((found, round) => {
    const { memory: next, ripe } = scan(memory, found, facts, at(round * 60))
    memory = ripe.reduce(settle, next)
    return names(ripe)
  })
}

test('a file is ripe when it has not changed for long enough, once', () => {
  const found = [file('2')]
  expect(looks([found, found, found, found, found])).toEqual([[], [], ['m_2.bin'], [], []])
})

test('each change restarts the wait', () => {
  const copying = ['a', 'b', 'c', 'd', 'd', 'd'].map((fingerprint) => [file('2', fingerprint)])
  expect(looks(copying)).toEqual([[], [], [], [], [], ['m_2.bin']])
})

test('one that is replaced after it was handled is checked again', () => {
  const replaced = ['a', 'a', 'a', 'b', 'b', 'b'].map((fingerprint) => [file('2', fingerprint)])
  expect(looks(replaced)).toEqual([[], [], ['m_2.bin'], [], [], ['m_2.bin']])
  let { memory } = scan(nothingSeen, [file('2', 'a')], known(), at(0))
  memory = settle(memory, file('2', 'older'))
  expect(names(scan(memory, [file('2', 'a')], known(), at(100)).ripe)).toEqual(['m_2.bin'])
})

test('the newest is wanted: an older one is not taken while it is waited for', () => {
  const [older, newest] = [file('9'), file('10')]
  expect(looks([[older], [older, newest], [older, newest], [older, newest]])).toEqual([
    [],
    [],
    [],
    ['m_10.bin'],
  ])
})

test('a newest that was turned down leaves the place to the next', () => {
  const found = [file('2'), file('3')]
  expect(looks([found, found, found, found])).toEqual([[], [], ['m_3.bin'], ['m_2.bin']])
})

test('one that is older than the active version, or known already, changes nothing', () => {
  const found = [file('1'), file('2'), file('3')]
  expect(looks([found, found, found, found], known('2', ['2', '3']))).toEqual([[], [], [], []])
  const first = scan(nothingSeen, found, known('2', ['3']), at(0))
  expect(names(first.older)).toEqual(['m_1.bin'])
  expect(scan(first.memory, found, known('2', ['3']), at(60)).older).toEqual([])
})

test('without an active version the newest is wanted too; each model has its own', () => {
  const found = [file('1'), file('2'), file('7', 'a', 'other')]
  expect(looks([found, found, found], known())).toEqual([[], [], ['m_2.bin', 'other_7.bin']])
})

test('it reports when the next file may have settled', () => {
  const first = scan(nothingSeen, [file('2')], known('1'), at(5))
  expect(first.settlesAtMs).toBe(105)
  expect(scan(first.memory, [file('2')], known('1'), at(105)).settlesAtMs).toBeUndefined()
  expect(scan(nothingSeen, [file('1')], known('1', ['1']), at(5)).settlesAtMs).toBeUndefined()
})
