import { expect, test } from 'vitest'

import { collectLines } from './collect-lines.ts'

const open = () => {
  const written: Buffer[] = []
  return { written, ...collectLines((lines) => written.push(lines), { isStream: true }) }
}

test('writes whole lines together, each byte as it came, and never more than a pipe takes in one piece', () => {
  const { written, add, flush } = open()
  const lines = Array.from({ length: 300 }, (_, i) => `${i} caf\xe9`.padEnd(i % 90, '\xff'))
  for (const line of lines) add(line)
  flush()
  expect(Buffer.concat(written).toString('latin1')).toBe(lines.map((line) => `${line}\n`).join(''))
  expect(written.length).toBeLessThan(6)
  for (const piece of written) {
    expect(piece.length).toBeLessThanOrEqual(4_096)
    expect(piece.at(-1)).toBe(0x0a)
  }
})

test('what was written stays as it is when more lines come', () => {
  const { written, add, flush } = open()
  for (const line of ['first', 'other']) {
    add(line)
    flush()
  }
  expect(written.map(String)).toEqual(['first\n', 'other\n'])
})

test('a line that is longer than that is written by itself, in its place', () => {
  const { written, add, flush } = open()
  const long = 'x'.repeat(5_000)
  for (const line of ['before', long, 'after']) add(line)
  flush()
  expect(written.map(String)).toEqual(['before\n', `${long}\n`, 'after\n'])
})

test('writes nothing if there is nothing', () => {
  const { written, flush } = open()
  flush()
  expect(written).toEqual([])
})
