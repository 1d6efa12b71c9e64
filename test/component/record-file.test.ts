import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { readRecord, Recorder } from '../../src/traffic-sample/index.ts'

let recordFolder: string
let path: string
const said: string[] = []

beforeEach(() => {
  recordFolder = mkdtempSync(join(tmpdir(), 'changeover-record-'))
  path = join(recordFolder, 'spam', 'primary-0.jsonl')
  mkdirSync(dirname(path))
  said.length = 0
})

afterEach(() => rmSync(recordFolder, { recursive: true }))

async function startRecorder(): Promise<Recorder> {
  const recorder = new Recorder({
    recordFolder,
    writer: 'primary-0',
    models: { spam: { share: 1, maxSizeBytes: 10_000 } },
    redact: (text) => text,
    nowMs: () => 2,
    random: () => 0,
    log: (_level, message) => said.push(message),
  })
  await recorder.start()
  return recorder
}

test('a line that a crash cut off takes no other line with it', async () => {
  writeFileSync(path, '{"atMs":1,"text":"first"}\n{"atMs":1,"te')
  const recorder = await startRecorder()
  recorder.observer('spam')?.('second')
  await recorder.close()
  expect(readRecord(recordFolder, 'spam', 10)).toEqual(['first', 'second'])
})

test('a file that ends with its line gets no empty one', async () => {
  writeFileSync(path, '{"atMs":1,"text":"first"}\n')
  const recorder = await startRecorder()
  recorder.observer('spam')?.('second')
  await recorder.close()
  expect(readFileSync(path, 'utf8')).toBe('{"atMs":1,"text":"first"}\n{"atMs":2,"text":"second"}\n')
})

test('after a write that failed in the middle of a line the next lines are whole', async () => {
  const recorder = await startRecorder()
  mkdirSync(path)
  recorder.observer('spam')?.('lost')
  await vi.waitFor(() => expect(said).toHaveLength(1), { timeout: 10_000 })
  rmdirSync(path)
  writeFileSync(path, '{"atMs":1,"te')
  recorder.observer('spam')?.('kept')
  await recorder.close()
  expect(readRecord(recordFolder, 'spam', 10)).toEqual(['kept'])
})
