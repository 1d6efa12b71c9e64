import { expect, test } from 'vitest'

import { runInTurns } from './run-in-turns.ts'

function* work(log: string[]): Generator<number, string> {
  try {
    for (let piece = 1; piece <= 3; piece++) {
      log.push(`piece ${piece}`)
      yield piece
    }
    return 'done'
  } finally {
    log.push('let go')
  }
}

test('whatever has come meanwhile has its turn after each piece', async () => {
  const log: string[] = []
  const other = (): void => {
    log.push('a request')
    if (log.length < 7) setImmediate(other)
  }
  setImmediate(other)
  expect(await runInTurns(work(log), () => true)).toBe('done')
  expect(log).toEqual(['piece 1', 'a request', 'piece 2', 'a request', 'piece 3', 'a request', 'let go'])
})

test('work that is no longer needed stops after the piece and releases what it holds', async () => {
  const log: string[] = []
  expect(await runInTurns(work(log), () => log.length < 2)).toBeUndefined()
  expect(log).toEqual(['piece 1', 'piece 2', 'let go'])
})

test('an error of a piece is the error', async () => {
  const failing = (function* (): Generator<number, string> {
    yield 1
    throw new Error('damaged')
  })()
  await expect(runInTurns(failing, () => true)).rejects.toThrow('damaged')
})
