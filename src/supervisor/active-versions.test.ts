import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { Default } from 'typebox/value'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { ModelConfigSchema } from '../contracts/index.ts'
import type { ModelConfig } from '../contracts/index.ts'
import { activate, publish } from '../store/index.ts'
import { createActiveVersions } from './active-versions.ts'

const model = 'm'
const file = fileURLToPath(
  new URL('../../examples/name-question/models/name_question_1795419028.bin', import.meta.url),
)
const modelConfig = Default(ModelConfigSchema, {}) as ModelConfig
const config = { models: { m: modelConfig, unpublished: modelConfig } }

let storePath: string
let log: string[]
beforeEach(() => {
  storePath = mkdtempSync(join(tmpdir(), 'changeover-active-'))
  log = []
  for (const version of ['1', '2']) {
    publish({ storePath, model, version, file, tokenizer: 'jieba', nowMs: 0 })
    activate(storePath, { model, version }, Number(version))
  }
})
afterEach(() => rmSync(storePath, { recursive: true }))

const open = (trustedKeys: readonly string[] = []) =>
  createActiveVersions({
    config: { ...config, trustedKeys: [...trustedKeys] },
    storePath,
    log: (level, message) => log.push(`${level}: ${message}`),
  })

function flipByte(version: string): void {
  const path = join(storePath, 'models/m/versions', version, 'compiled.bin')
  const bytes = readFileSync(path)
  bytes[5_000] = (bytes[5_000] ?? 0) ^ 1
  chmodSync(path, 0o644)
  writeFileSync(path, bytes)
}

test('the active version is served, and nothing is said', () => {
  const versions = open()
  expect(versions.list()).toEqual([{ model, version: '2' }])
  expect(versions.damaged()).toEqual([])
  expect(log).toEqual([])
})

test('the previous one takes the place of a damaged one, also of one that is damaged later; it is said once', () => {
  const versions = open()
  expect(versions.list()).toEqual([{ model, version: '2' }])
  flipByte('2')
  for (let i = 0; i < 3; i++) expect(versions.list()).toEqual([{ model, version: '1' }])
  expect(versions.damaged()).toMatchObject([{ model, version: '2', servedInstead: '1' }])
  expect(log).toEqual([
    expect.stringMatching(
      /^error: the active version cannot be served: m@2 is damaged.*serves m@1 in its place/,
    ),
  ])
  activate(storePath, { model, version: '1' }, 3)
  expect(versions.damaged()).toEqual([])
  expect(versions.list()).toEqual([{ model, version: '1' }])
})

test('where the previous one is damaged too, none is served', () => {
  for (const version of ['1', '2']) flipByte(version)
  const versions = open()
  expect(versions.list()).toEqual([])
  expect(versions.damaged()).toMatchObject([{ version: '2', servedInstead: null }])
  expect(log).toEqual([expect.stringContaining('serves no version of m: deploy one that is sound')])
})

test('what no trusted key has signed is served as little as what is damaged', () => {
  const versions = open(['/none/key.pub.pem'])
  expect(versions.list()).toEqual([])
  expect(versions.damaged()).toMatchObject([
    { version: '2', why: expect.stringContaining('is not signed') as string },
  ])
})
