import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { Default } from '#typebox/value'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { ModelConfig } from '../../config/schema/index.ts'
import { ModelConfigSchema } from '../../config/schema/index.ts'
import { buildModelFile, tinyModel } from '../../engine/fasttext/testing/model-file-builder.ts'
import { mapFile } from '../fs/map-file.ts'
import { appendHistory, readHistory } from '../state/history.ts'
import { activate, readPointer } from '../state/pointer.ts'
import { listVersions } from './list-versions.ts'
import { loadVersion } from './load-version.ts'
import { countLabels, readManifest, sealManifest } from './manifest.ts'
import { createTokenizers } from './open-tokenizer.ts'
import { publish } from './publish.ts'
import { chooseModel, resolveRollback, resolveTarget } from './resolve-target.ts'

const models = fileURLToPath(new URL('../../../examples/name-question/models/', import.meta.url))
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

  test('writes down what is known of it, and that it was published', () => {
    const said = { note: 'more names', meta: { commit: '4f2a' } }
    const request = { storePath, model: 'm', version: '1', file: second, tokenizer: 'jieba' } as const
    const manifest = publish({ ...request, ...said, by: 'trainer', nowMs: 5 })
    expect(manifest).toMatchObject({
      ...said,
      model: 'm',
      version: '1',
      engine: 'fasttext',
      tokenizer: 'jieba',
      labels: ['__label__other', '__label__name'],
      training: { loss: 'softmax', dim: 10, epoch: 25, wordNgrams: 3, minn: 1, maxn: 2, bucket: 10_000 },
      source: { fileName: basename(second), sizeBytes: statSync(second).size },
      publishedAtMs: 5,
      publishedBy: 'trainer',
    })
    publish({ ...request, nowMs: 6 })
    expect(readHistory(storePath)).toEqual([
      {
        atMs: 5,
        action: 'publish',
        model: 'm',
        version: '1',
        from: null,
        by: 'trainer',
        why: 'more names',
        outcome: 'done',
      },
    ])
  })

  test('publishing the same file again does nothing; another one under the same version is refused', () => {
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

  test('lists a thousand labels in the manifest and says how many there are; one that lists all is read too', () => {
    const labels = Array.from({ length: 20_000 }, (_, i) => `__label__${i}`)
    const file = join(storePath, 'many.bin')
    const rows = labels.map((_, i) => [i, 1])
    writeFileSync(file, buildModelFile({ ...tinyModel, labels, output: { kind: 'dense', rows } }))
    const manifest = publishAs('1', file)
    expect(manifest.labels).toEqual(labels.slice(0, 1_000))
    expect(countLabels(manifest)).toBe(20_000)
    const path = join(storePath, 'models/m/versions/1/manifest.json')
    expect(statSync(path).size).toBeLessThan(30_000)
    const loaded = loadVersion(storePath, { model: 'm', version: '1' }, createTokenizers())
    expect(loaded.predictor.labels).toEqual(labels)
    loaded.release()

    const { labelCount } = manifest
    expect(labelCount).toBe(20_000)
    const asBefore = JSON.parse(
      JSON.stringify({ ...manifest, labels, labelCount: undefined, sha256: undefined }),
    ) as typeof manifest
    writeFileSync(path, JSON.stringify(sealManifest(asBefore)))
    expect(countLabels(readManifest(storePath, { model: 'm', version: '1' }))).toBe(20_000)
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
      expect.objectContaining({ code: 'version_damaged' }),
    )
  })

  test('a file is read where it cannot be mapped, with the same bytes', () => {
    const script = `
      import { canShareMemory } from ${JSON.stringify(fileURLToPath(new URL('../../../dist/store/index.js', import.meta.url)))}
      import { mapFile } from ${JSON.stringify(fileURLToPath(new URL('../../../dist/store/fs/map-file.js', import.meta.url)))}
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

describe('what a rollback asks for', () => {
  const config = { models: { m: Default(ModelConfigSchema, {}) as ModelConfig } }
  const resolve = (body: Parameters<typeof resolveRollback>[0]): string =>
    resolveRollback(body, config, storePath).version

  test('is the previous version, the one that is named, or the one of a moment', () => {
    for (const version of ['1', '2', '3']) publishAs(version, first)
    expect(() => resolve({})).toThrow(expect.objectContaining({ code: 'no_previous_version' }))
    for (const version of ['1', '2', '3']) {
      activate(storePath, { model: 'm', version }, Number(version))
      const entry = { model: 'm', version, from: null, by: 'me', outcome: 'done' } as const
      appendHistory(storePath, { atMs: Number(version), action: 'deploy', ...entry })
    }
    expect(resolve({})).toBe('2')
    expect(resolve({ to: '1' })).toBe('1')
    expect(resolve({ beforeMs: 2 })).toBe('1')
    expect(resolve({ beforeMs: 9 })).toBe('3')
    for (const [body, code] of [
      [{ to: '7' }, 'version_unknown'],
      [{ beforeMs: 1 }, 'no_previous_version'],
      [{ to: '1', beforeMs: 1 }, 'bad_usage'],
      [{ model: 'x' }, 'model_unknown'],
      [{ model: 'constructor' }, 'model_unknown'],
    ] as const)
      expect(() => resolve(body)).toThrow(expect.objectContaining({ code }))
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
