import type { PathLike } from 'node:fs'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { nodeFiles } from '../fs/files.ts'
import { canShareMemory } from '../fs/map-file.ts'
import { measureUnfinished, measureVersion } from '../fs/measure-disk.ts'
import { readHistory } from '../state/history.ts'
import { activate, readPointer } from '../state/pointer.ts'
import { listVersionNames } from './list-versions.ts'
import { loadVersion } from './load-version.ts'
import { createTokenizers } from './open-tokenizer.ts'
import { publish } from './publish.ts'
import { prune, removeVersion } from './remove-version.ts'

const model = 'm'

const file = fileURLToPath(
  new URL('../../../examples/name-question/models/name_question_1795419028.bin', import.meta.url),
)

let folder: string
let storePath: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-remove-'))
  storePath = join(folder, 'store')
  for (const version of ['1', '2', '3', '4', '10', '11'])
    publish({ storePath, model, version, file, tokenizer: 'whitespace', nowMs: 0 })
})
afterEach(() => rmSync(folder, { recursive: true }))

const remove = (version: string): void => removeVersion({ storePath, model, version, by: 'me', nowMs: 9 })
const names = (): string[] => listVersionNames(storePath, model)

test('a version is removed for good, and the history records it', () => {
  activate(storePath, { model, version: '11' }, 1)
  expect(measureVersion(storePath, { model, version: '3' })).toBeGreaterThan(1_000)
  remove('3')
  expect(names()).toEqual(['1', '2', '4', '10', '11'])
  expect(measureVersion(storePath, { model, version: '3' })).toBe(0)
  expect(readHistory(storePath).at(-1)).toEqual({
    atMs: 9,
    action: 'remove',
    model,
    version: '3',
    from: '11',
    by: 'me',
    outcome: 'done',
  })
  expect(() => remove('3')).toThrow(expect.objectContaining({ code: 'version_unknown' }))
  expect(() => remove('../..')).toThrow(expect.objectContaining({ code: 'version_unknown' }))
})

test('the active version, the previous one, and one that a process has mapped stay', () => {
  activate(storePath, { model, version: '2' }, 1)
  activate(storePath, { model, version: '1' }, 2)
  const loaded = loadVersion(storePath, { model, version: '3' }, createTokenizers())
  const inUse = (message: string): unknown =>
    expect.objectContaining({ code: 'version_in_use', message: expect.stringContaining(message) as string })
  expect(() => remove('1')).toThrow(inUse('it is the active version'))
  expect(() => remove('2')).toThrow(inUse('a rollback goes to'))
  if (canShareMemory) expect(() => remove('3')).toThrow(inUse(`process ${process.pid} serves from it`))
  expect(prune({ storePath, model, keep: 2, nowMs: 9 })).toEqual(canShareMemory ? ['4'] : ['3', '4'])
  loaded.release()
  expect(prune({ storePath, model, keep: 1, nowMs: 9 })).toEqual(canShareMemory ? ['3', '10'] : ['10'])
  expect(names()).toEqual(['1', '2', '11'])
  expect(readHistory(storePath).at(-1)).toMatchObject({ action: 'remove', version: '10', why: 'keep: 1' })
})

test('a version that is removed while it is made active leaves the pointer as it was, without what went meanwhile', () => {
  activate(storePath, { model, version: '1' }, 1)
  activate(storePath, { model, version: '2' }, 2)
  let renames = 0
  const files = {
    ...nodeFiles,
    // Just before the pointer is in its place the target goes; just after it, the version that nobody points at now.
    renameSync: (from: PathLike, to: PathLike) => {
      renames++
      if (renames === 1) remove('3')
      nodeFiles.renameSync(from, to)
      if (renames === 1) remove('1')
    },
  }
  expect(() => activate(storePath, { model, version: '3' }, 3, files)).toThrow(
    expect.objectContaining({ code: 'version_unknown' }),
  )
  expect(readPointer(storePath, model)).toEqual({ model, active: '2', previous: null, sinceMs: 2 })
})

test('files in tmp are removed when their process is dead; those of another machine after a day', () => {
  const tmp = join(storePath, 'tmp')
  const dayMs = 24 * 60 * 60 * 1_000
  const leave = (name: string, ageMs: number): void => {
    mkdirSync(join(tmp, name))
    writeFileSync(join(tmp, name, 'source.bin'), 'x')
    const atSeconds = (Date.now() - ageMs) / 1_000
    utimesSync(join(tmp, name), atSeconds, atSeconds)
  }
  leave(`publish+${process.pid}+${hostname()}+living`, 2 * dayMs)
  leave(`publish+${2 ** 22 + 1}+${hostname()}+dead`, 0)
  leave('publish+1+elsewhere+young', dayMs / 2)
  leave('publish+1+elsewhere+old', 2 * dayMs)
  expect(measureUnfinished(storePath)).toBe(4)
  prune({ storePath, model, keep: 10, nowMs: Date.now() })
  expect(readdirSync(tmp)).toEqual([
    'publish+1+elsewhere+young',
    `publish+${process.pid}+${hostname()}+living`,
  ])
})
