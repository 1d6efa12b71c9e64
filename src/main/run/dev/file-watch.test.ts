import { setTimeout as sleep } from 'node:timers/promises'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { FileWatch } from './file-watch.ts'

/** Files by their paths: their content, and when it changed. */
const files = new Map<string, { text: string; changedAtMs: number }>()
const onLook: (() => void)[] = []
const readAtMs = 100

let watch: FileWatch
beforeEach(() => {
  watch = new FileWatch({
    intervalMs: 1,
    signatureOf: (path) => {
      if (path === 'a') onLook.shift()?.()
      return Promise.resolve(files.get(path))
    },
  })
})
const write = (path: string, text: string, changedAtMs = 50): void =>
  void files.set(path, { text, changedAtMs })
const next = () => watch.next(AbortSignal.timeout(20_000))
const later = async (work: () => void): Promise<void> => {
  await sleep(5)
  work()
}

afterEach(() => {
  files.clear()
  onLook.length = 0
})

test('a change, a removal and a return are reported, each once', async () => {
  write('a', '1')
  write('b', '1')
  await watch.setPaths(['a', 'b', 'a', 'none'], readAtMs)
  expect(watch.paths).toEqual(['a', 'b', 'none'])
  void later(() => write('a', '2'))
  expect(await next()).toEqual(['a'])
  expect(await watch.hasChanged()).toBe(false)
  files.delete('a')
  expect(await watch.hasChanged()).toBe(true)
  expect(await next()).toEqual(['a'])
  write('a', '2')
  write('none', '1')
  expect(await next()).toEqual(['a', 'none'])
  expect(await watch.next(AbortSignal.timeout(20))).toBeUndefined()
})

test('files that are still being written are reported together, when they are', async () => {
  write('a', '')
  write('b', '')
  await watch.setPaths(['a', 'b'], readAtMs)
  const texts = ['1', '12', '123', '1234']
  onLook.push(...texts.map((text, at) => () => write(at % 2 === 0 ? 'a' : 'b', text)))
  expect(await next()).toEqual(['a', 'b'])
  expect([files.get('a')?.text, files.get('b')?.text]).toEqual(['123', '1234'])
})

test('what is put back is no change', async () => {
  write('a', '1')
  await watch.setPaths(['a'], readAtMs)
  onLook.push(
    () => write('a', '2'),
    () => write('a', '1'),
  )
  expect(await watch.next(AbortSignal.timeout(30))).toBeUndefined()
  expect(onLook).toEqual([])
})

test('a file that is new to it, and later than it was read, has changed', async () => {
  write('a', '1', readAtMs)
  write('b', '1', readAtMs - 1)
  await watch.setPaths(['a', 'b'], readAtMs)
  expect(await next()).toEqual(['a'])
  // One that it knows keeps what was reported of it.
  await watch.setPaths(['a'], readAtMs)
  expect(await watch.hasChanged()).toBe(false)
})
