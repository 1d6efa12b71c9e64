import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { Default } from '#typebox/value'
import { afterEach, beforeEach, expect, test } from 'vitest'

import type { ModelConfig } from '../../config/schema/index.ts'
import { ModelConfigSchema } from '../../config/schema/index.ts'
import { formatModelVersion } from '../../contracts/index.ts'
import { activate, findVersionFault, publish } from '../../store/index.ts'
import { createActiveVersions } from './active-versions.ts'

const model = 'm'
const file = fileURLToPath(
  new URL('../../../examples/name-question/models/name_question_1795419028.bin', import.meta.url),
)
const modelConfig = Default(ModelConfigSchema, {}) as ModelConfig
const config = { models: { m: modelConfig, unpublished: modelConfig } }

let storePath: string
let log: string[]
let checks: string[]
beforeEach(() => {
  storePath = mkdtempSync(join(tmpdir(), 'changeover-active-'))
  log = []
  checks = []
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
    findFault: (version) => {
      checks.push(formatModelVersion(version.target))
      return Promise.resolve(findVersionFault(version))
    },
    log: (level, message) => log.push(`${level}: ${message}`),
  })

function flipByte(version: string): void {
  const path = join(storePath, 'models/m/versions', version, 'compiled.bin')
  const bytes = readFileSync(path)
  bytes[5_000] = (bytes[5_000] ?? 0) ^ 1
  chmodSync(path, 0o644)
  writeFileSync(path, bytes)
}

test('the active version is served, and nothing is said', async () => {
  const versions = open()
  expect(await versions.list()).toEqual([{ model, version: '2' }])
  expect(await versions.damaged()).toEqual([])
  expect(log).toEqual([])
})

test('the previous one takes the place of a damaged one, also of one that is damaged later; it is said once', async () => {
  const versions = open()
  expect(await versions.list()).toEqual([{ model, version: '2' }])
  flipByte('2')
  for (let i = 0; i < 3; i++) expect(await versions.list()).toEqual([{ model, version: '1' }])
  expect(await versions.damaged()).toMatchObject([{ model, version: '2', servedInstead: '1' }])
  expect(log).toEqual([
    expect.stringMatching(
      /^error: the active version cannot be served: m@2 is damaged.*serves m@1 in its place/,
    ),
  ])
  activate(storePath, { model, version: '1' }, 3)
  expect(await versions.damaged()).toEqual([])
  expect(await versions.list()).toEqual([{ model, version: '1' }])
})

test('where the previous one is damaged too, none is served', async () => {
  for (const version of ['1', '2']) flipByte(version)
  const versions = open()
  expect(await versions.list()).toEqual([])
  expect(await versions.damaged()).toMatchObject([{ version: '2', servedInstead: null }])
  expect(log).toEqual([expect.stringContaining('serves no version of m: deploy one that is sound')])
})

test('what no trusted key has signed is served as little as what is damaged', async () => {
  const versions = open(['/none/key.pub.pem'])
  expect(await versions.list()).toEqual([])
  expect(await versions.damaged()).toMatchObject([
    { version: '2', why: expect.stringContaining('is not signed') as string },
  ])
})

test('a version is hashed once, whoever asks at the same time, and again when its files are touched or it is forgotten', async () => {
  const versions = open()
  await Promise.all([
    versions.list(),
    versions.list(),
    versions.damaged(),
    versions.check({ model, version: '2' }),
  ])
  expect(checks).toEqual(['m@2'])
  versions.forget([{ model, version: '2' }])
  await versions.list()
  flipByte('2')
  await expect(versions.check({ model, version: '2' })).rejects.toMatchObject({ code: 'version_damaged' })
  expect(checks).toEqual(['m@2', 'm@2', 'm@2'])
})

test('a check that could not be made is no fault of the version, and is made again', async () => {
  const answers = [Promise.reject(new Error('no thread')), Promise.resolve(undefined)]
  const versions = createActiveVersions({
    config: { ...config, trustedKeys: [] },
    storePath,
    findFault: () => answers.shift() ?? Promise.reject(new Error('asked too often')),
    log: () => undefined,
  })
  await expect(versions.list()).rejects.toThrow('no thread')
  expect(await versions.list()).toEqual([{ model, version: '2' }])
})
