import { spawnSync } from 'node:child_process'
import {
  closeSync,
  copyFileSync,
  existsSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { firstModel } from '../../harness/paths.ts'
import { buildModelFile, tinyModel } from '../../src/engine/fasttext/testing/model-file-builder.ts'
import { publish, resolveTarget } from '../../src/store/index.ts'

/** Files that people give in place of a model, or with one. */
describe('strange files', () => {
  let folder = ''
  let count = 0
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'changeover-strange-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const write = (content: string | Uint8Array): string => {
    const file = join(folder, `file-${++count}.bin`)
    writeFileSync(file, content)
    return file
  }
  const publishFile = (file: string): unknown =>
    publish({
      storePath: join(folder, 'store'),
      model: 'm',
      version: String(count),
      file,
      tokenizer: 'whitespace',
      nowMs: 0,
    })

  test.each([
    [
      'a git-lfs pointer',
      'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n',
      /git-lfs pointer.*git lfs pull/,
    ],
    [
      'an HTML page',
      '\ufeff<!DOCTYPE html>\n<html><title>Sign in</title>',
      /HTML page.*download the file itself/,
    ],
    [
      'the XML of an object store',
      '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
      /XML text/,
    ],
    ['the JSON of an API', '{"message": "Not Found"}', /JSON text/],
    ['an archive', new Uint8Array([0x1f, 0x8b, 8, 0]), /gzip archive: unpack it first/],
    ['a .vec file', '2000000 300\nthe 0.1 0.2\n', /\.vec file/],
    ['training text', '__label__name 您 贵姓\n', /training text/],
    ['zeros', new Uint8Array(4_096), /begins with zeros/],
  ])('%s is named as such, with what to do', (_, content, message) => {
    const file = write(content)
    expect(() => publishFile(file)).toThrow(message)
    expect(() => publishFile(file)).toThrow(file)
  })

  test('a sparse file of 1 GiB that is not a model is refused before it is copied', () => {
    const file = write('no model')
    const fd = openSync(file, 'r+')
    ftruncateSync(fd, 2 ** 30)
    closeSync(fd)
    const begunMs = performance.now()
    expect(() => publishFile(file)).toThrow(/not a fastText model/)
    expect(performance.now() - begunMs).toBeLessThan(1_000)
    expect(existsSync(join(folder, 'store/models/m/versions', String(count)))).toBe(false)
  })

  test('a model that is cut, or followed by a gigabyte of zeros, is refused before it is copied', () => {
    const whole = buildModelFile(tinyModel)
    expect(() => publishFile(write(whole.subarray(0, whole.length - 1)))).toThrow(/file-\d+\.bin: /)
    const file = write(whole)
    const fd = openSync(file, 'r+')
    ftruncateSync(fd, 2 ** 30)
    closeSync(fd)
    const begunMs = performance.now()
    expect(() => publishFile(file)).toThrow(/file-\d+\.bin: /)
    expect(performance.now() - begunMs).toBeLessThan(1_000)
  })

  test('two labels that are not UTF-8 and read the same are refused by name; one alone is published', () => {
    const bytes = buildModelFile({ ...tinyModel, labels: ['__label__caf1', '__label__caf2'] })
    const text = new TextDecoder('latin1').decode(bytes)
    const [first, second] = [text.indexOf('caf1') + 3, text.indexOf('caf2') + 3]
    bytes[first] = 0xe9
    expect(publishFile(write(bytes))).toBeDefined()
    bytes[second] = 0xe8
    expect(() => publishFile(write(bytes))).toThrow(
      /__label__caf\\xe9 and __label__caf\\xe8 are not both UTF-8 and read the same.*train the model again/,
    )
  })

  test.each([0, 1, 315_532_800])(
    'a file of time %i without a time in its name is refused, with what to do',
    (seconds) => {
      const file = join(folder, 'model.bin')
      copyFileSync(firstModel, file)
      utimesSync(file, seconds, seconds)
      const resolve = (): unknown =>
        resolveTarget({ target: file, model: 'm' }, { models: { m: {} } } as never, folder)
      expect(resolve).toThrow(/no time in its name.*`touch` it/)
    },
  )
})

test('a process that publishes or tries can allocate 2 GiB and no more', () => {
  const store = pathToFileURL(join(import.meta.dirname, '../../dist/store/index.js')).href
  const script = `
    const { limitMemory } = await import('${store}')
    limitMemory(2 * 2 ** 30)
    const kept = [new Uint8Array(2 ** 29).fill(1)]
    try { kept.push(new Uint8Array(2 ** 31)) } catch (error) { console.log(error.name) }
    console.log(kept.length)
  `
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  })
  expect([status, stdout]).toEqual([0, 'RangeError\n1\n'])
})
