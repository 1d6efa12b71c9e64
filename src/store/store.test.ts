import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import {
  activate,
  chooseModel,
  createTokenizers,
  listVersions,
  loadVersion,
  publish,
  readPointer,
  resolveTarget,
} from './index.ts'
import { mapFile } from './map-file.ts'

const models = fileURLToPath(new URL('../../examples/name-question/models/', import.meta.url))
const [first = '', second = ''] = readdirSync(models)
  .filter((name) => name.endsWith('.bin'))
  .sort()
  .map((name) => join(models, name))

let storePath: string
beforeEach(() => (storePath = mkdtempSync(join(tmpdir(), 'changeover-store-'))))
afterEach(() => rmSync(storePath, { recursive: true }))

const publishAs = (version: string, file: string): ReturnType<typeof publish> =>
  publish({ storePath, model: 'm', version, file, tokenizer: 'jieba', nowMs: 5 })

describe('publishing', () => {
  test('stores a version whole: source, compiled form, manifest with both hashes', () => {
    const fractions: number[] = []
    const manifest = publish({
      storePath,
      model: 'm',
      version: '1',
      file: first,
      tokenizer: 'jieba',
      nowMs: 5,
      onProgress: (fraction) => fractions.push(fraction),
    })
    expect(listVersions(storePath, 'm')).toEqual([manifest])
    const folder = join(storePath, 'models/m/versions/1')
    expect(readdirSync(folder).sort()).toEqual(['compiled.bin', 'manifest.json', 'source.bin'])
    for (const [name, { sha256 }] of [
      ['source.bin', manifest.source],
      ['compiled.bin', manifest.compiled],
    ] as const)
      expect(execFileSync('sha256sum', [join(folder, name)], { encoding: 'utf8' })).toContain(sha256)
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b))
    expect(fractions.at(-1)).toBe(1)
    expect(readdirSync(join(storePath, 'tmp'))).toEqual([])
  })

  test('the same file again is no work; another one under the same version is refused', () => {
    const manifest = publishAs('1', first)
    expect(publishAs('1', first)).toEqual(manifest)
    expect(() => publishAs('1', second)).toThrow(expect.objectContaining({ code: 'version_conflict' }))
    expect(listVersions(storePath, 'm')).toEqual([manifest])
  })

  test('a bad file leaves nothing behind', () => {
    const file = join(storePath, 'bad.bin')
    copyFileSync(first, file)
    truncateSync(file, 1_000)
    expect(() => publishAs('1', file)).toThrow(expect.objectContaining({ code: 'model_file_invalid' }))
    expect(() => publishAs('1', join(storePath, 'none'))).toThrow(
      expect.objectContaining({ code: 'model_file_not_found' }),
    )
    expect(listVersions(storePath, 'm')).toEqual([])
    expect(readdirSync(join(storePath, 'tmp'))).toEqual([])
  })

  test('sorts versions as numbers', () => {
    for (const version of ['10', '9']) publishAs(version, first)
    expect(listVersions(storePath, 'm').map(({ version }) => version)).toEqual(['9', '10'])
  })
})

describe('the pointer', () => {
  test('moves to a published version and remembers the one before', () => {
    publishAs('1', first)
    publishAs('2', second)
    expect(readPointer(storePath, 'm')).toBeUndefined()
    activate(storePath, { model: 'm', version: '1' }, 10)
    expect(activate(storePath, { model: 'm', version: '2' }, 11)).toEqual({
      model: 'm',
      active: '2',
      previous: '1',
      sinceMs: 11,
    })
    expect(activate(storePath, { model: 'm', version: '2' }, 12)).toMatchObject({ sinceMs: 11 })
    expect(() => activate(storePath, { model: 'm', version: '3' }, 13)).toThrow(
      expect.objectContaining({ code: 'version_unknown' }),
    )
    expect(readPointer(storePath, 'm')).toMatchObject({ active: '2', previous: '1' })
    expect(readdirSync(join(storePath, 'models/m')).sort()).toEqual(['pointer.json', 'versions'])
  })
})

describe('loading', () => {
  test('predicts from raw text, and not after its release', () => {
    publishAs('2', second)
    const model = loadVersion(storePath, { model: 'm', version: '2' }, createTokenizers())
    expect(model.top('您贵姓')?.label).toBe('__label__name')
    expect(model.predict('您贵姓', -1)).toHaveLength(2)
    model.release()
    expect(() => model.top('您贵姓')).toThrow(/closed|released/)
  })

  test('a compiled file that was changed is not loaded', () => {
    publishAs('1', first)
    const compiled = join(storePath, 'models/m/versions/1/compiled.bin')
    chmodSync(compiled, 0o644)
    truncateSync(compiled, 5_000)
    expect(() => loadVersion(storePath, { model: 'm', version: '1' }, createTokenizers())).toThrow(
      expect.objectContaining({ code: 'model_load_failed' }),
    )
  })

  test('a file is read where it cannot be mapped, with the same bytes', () => {
    const script = `
      import { canShareMemory } from ${JSON.stringify(fileURLToPath(new URL('../../dist/store/index.js', import.meta.url)))}
      import { mapFile } from ${JSON.stringify(fileURLToPath(new URL('../../dist/store/map-file.js', import.meta.url)))}
      const { bytes } = mapFile(${JSON.stringify(first)})
      console.log(canShareMemory, Buffer.from(bytes).equals(await import('node:fs').then((fs) => fs.readFileSync(${JSON.stringify(first)}))))`
    const hook =
      'data:text/javascript,export const resolve=(s,c,n)=>{if(s==="koffi")throw new Error("missing");return n(s,c)}'
    const register = `data:text/javascript,import{register}from"node:module";register(${JSON.stringify(hook)})`
    const run = (...flags: string[]): string =>
      execFileSync(process.execPath, [...flags, '--input-type=module', '-e', script], { encoding: 'utf8' })
    expect(run()).toBe('true true\n')
    expect(run('--import', register)).toBe('false true\n')
    const file = join(storePath, 'empty')
    writeFileSync(file, '')
    expect(mapFile(file).bytes.byteLength).toBe(0)
    expect(existsSync(file)).toBe(true)
  })
})

describe('what a deploy asks for', () => {
  const config = {
    models: { m: { tokenizer: 'jieba', selfTest: [] }, other: { tokenizer: 'jieba', selfTest: [] } },
  } as const
  const resolve = (target: string, model?: string): unknown =>
    resolveTarget(
      model === undefined ? { target } : { target, model },
      structuredClone(config) as never,
      storePath,
    )

  test('is a version by name, or a file by the course’s rule', () => {
    publishAs('1', first)
    expect(resolve('m@1')).toEqual({ model: 'm', version: '1', file: undefined })
    expect(resolve('1', 'm')).toEqual({ model: 'm', version: '1', file: undefined })
    const file = join(storePath, 'm_1591259822.bin')
    copyFileSync(first, file)
    expect(resolve(file)).toEqual({ model: 'm', version: '1591259822', file })
    const named = join(storePath, 'latest.bin')
    copyFileSync(first, named)
    expect(resolve(named, 'm')).toEqual({
      model: 'm',
      version: expect.stringMatching(/^\d{10}$/) as string,
      file: named,
    })
  })

  test.each([
    ['m@7', undefined, 'version_unknown'],
    ['1', undefined, 'model_name_unclear'],
    ['x@1', undefined, 'model_unknown'],
    ['/none/m_1591259822.bin', undefined, 'model_file_not_found'],
  ])('%s is refused where it is unclear', (target, model, code) => {
    expect(() => resolve(target, model)).toThrow(expect.objectContaining({ code }))
  })

  test('is the only model where none is named', () => {
    expect(chooseModel(undefined, { models: { m: config.models.m } } as never)).toBe('m')
  })
})
