import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { exampleFolder, firstModel, secondModel } from '../../harness/paths.ts'
import { loadConfig } from '../../src/config/index.ts'
import type { Config } from '../../src/config/schema/index.ts'
import type { PruneBody, Pruned } from '../../src/contracts/index.ts'
import { describeVersions } from '../../src/main/run/control/describe-versions.ts'
import type { StoreTasks } from '../../src/main/run/control/store-tasks.ts'
import { createStoreTasks } from '../../src/main/run/control/store-tasks.ts'
import { activate, publish, writeGateResults } from '../../src/store/index.ts'
import { readTestSet } from '../support/corpus.ts'
import { recordTexts } from '../support/record-texts.ts'

const model = 'name_question'
const [a, b] = ['1', '2']
const folder = mkdtempSync(join(tmpdir(), 'changeover-tasks-'))
const storePath = join(folder, 'store')
const recordFolder = join(folder, 'record')
const { signal } = new AbortController()
let config: Config
let tasks: StoreTasks

beforeAll(async () => {
  config = (await loadConfig(join(exampleFolder, 'changeover.yaml'))).config
  for (const [version, file] of Object.entries({
    1: firstModel,
    2: secondModel,
    3: firstModel,
    4: secondModel,
  }))
    publish({ storePath, model, version, file, tokenizer: 'jieba', nowMs: 0 })
  activate(storePath, { model, version: '1' }, 0)
  const entry = new URL('../../dist/main/entry/store-task.js', import.meta.url).pathname
  tasks = createStoreTasks({ config: () => config, entry, storePath, recordFolder })
})
afterAll(() => rmSync(folder, { recursive: true }))

test('two versions cannot be compared before texts are recorded', async () => {
  await expect(tasks.compare({ model, a, b }, signal)).rejects.toMatchObject({ code: 'nothing_recorded' })
})

test('two versions are compared on the recorded texts, as `changeover compare` does', async () => {
  const long = `您贵姓${'𠀀'.repeat(5_000)}`
  await recordTexts(recordFolder, model, [...readTestSet().map(({ text }) => text), long])
  const { changes, ...rest } = await tasks.compare({ model, a, b }, signal)
  expect(rest).toMatchObject({ a, b, recorded: 164, texts: 164 })
  expect(rest.changed).toBeGreaterThanOrEqual(27)
  expect(rest.transitions[0]).toMatchObject({ from: '__label__name', to: '__label__other' })
  expect(changes).toHaveLength(rest.changed)
  expect(changes[0]?.because?.length).toBeGreaterThan(0)
  for (const { text } of changes) expect(Array.from(text).length).toBeLessThanOrEqual(2_001)
})

test('one text is tried on two versions, with what speaks for each label and what made the difference', async () => {
  const { changes } = await tasks.compare({ model, a, b }, signal)
  const text = changes[0]?.text ?? ''
  const tried = await tasks.tryText({ model, a, b, text }, signal)
  expect(tried.a.predictions[0]).toEqual(changes[0]?.before)
  expect(tried.b.predictions[0]).toEqual(changes[0]?.after)
  expect(tried.because).toEqual(changes[0]?.because)
  expect(tried.a.features?.length).toBeGreaterThan(0)
  const same = await tasks.tryText({ model, a, b: a, text: '' }, signal)
  expect(same.a).toEqual(same.b)
  expect(same.because).toBeUndefined()
})

test.each(['../versions/1', '..', '', '9'])('of the version %j nothing is read', async (version) => {
  await expect(tasks.tryText({ model, a: version, b, text: '' }, signal)).rejects.toMatchObject({
    code: 'version_unknown',
  })
})

test.each(['../name_question', '__proto__'])('of the model %j nothing is read', async (other) => {
  const code = 'model_unknown'
  await expect(tasks.prune({ model: other, keep: 1 })).rejects.toMatchObject({ code })
  await expect(describeVersions(other, config, storePath)).rejects.toMatchObject({ code })
})

test('a second comparison is refused while one is under way, which ends when its client leaves', async () => {
  const leaving = new AbortController()
  const first = tasks.compare({ model, a, b }, leaving.signal)
  await expect(tasks.compare({ model, a, b }, signal)).rejects.toMatchObject({ code: 'overloaded' })
  leaving.abort()
  await expect(first).rejects.toMatchObject({ code: 'internal' })
  await expect(tasks.tryText({ model, a, b, text: '' }, signal)).resolves.toBeDefined()
})

test('who compares or tries keeps no one from the other, nor from pruning; prunes wait for each other', async () => {
  const leaving = new AbortController()
  const comparison = tasks.compare({ model, a, b }, leaving.signal)
  const tried = tasks.tryText({ model, a, b, text: '' }, leaving.signal)
  await expect(tasks.tryText({ model, a, b, text: '' }, signal)).rejects.toMatchObject({ code: 'overloaded' })
  const prunes = [tasks.prune({ model, keep: 9 }), tasks.prune({ model, keep: 9 })]
  expect(await Promise.all(prunes)).toEqual([{ removed: [] }, { removed: [] }])
  leaving.abort()
  await Promise.allSettled([comparison, tried])
})

test('versions are described with their manifests and their gates, the newest first; prune leaves those in use', async () => {
  writeGateResults(storePath, { model, version: '2' }, { atMs: 5, active: '1', reports: [] })
  const described = await describeVersions(model, config, storePath)
  expect(described.names).toEqual(['1', '2', '3', '4'])
  expect(described.versions.map(({ version }) => version)).toEqual(['4', '3', '2', '1'])
  expect(described.versions[2]).toMatchObject({
    manifest: { labelCount: 2, tokenizer: 'jieba', training: { dim: 10 } },
    gates: { atMs: 5, active: '1' },
  })
  // As the control API calls it for a client that has left already.
  const prune: (body: PruneBody, signal: AbortSignal) => Promise<Pruned> = tasks.prune
  const removed = await prune({ model, keep: 1, by: 'the page' }, AbortSignal.abort())
  expect(removed).toEqual({ removed: ['2', '3'] })
  expect((await describeVersions(model, config, storePath)).names).toEqual(['1', '4'])
})
