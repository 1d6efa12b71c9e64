import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe, expect, test } from 'vitest'

import { runCli } from '../../harness/cli.ts'
import { findModelFiles } from '../../src/cli/input/given/find-model-files.ts'
import { buildModelFile, tinyModel } from '../../src/engine/fasttext/testing/model-file-builder.ts'

const root = mkdtempSync(join(tmpdir(), 'changeover-given-'))
afterAll(() => rmSync(root, { recursive: true }))

const modelBytes = buildModelFile(tinyModel)
const newerSeconds = 1_700_000_000

/** A folder with model files, and with files of other contents. */
function folderWith(models: readonly string[], others: readonly string[] = []): string {
  const folder = mkdtempSync(join(root, 'f-'))
  for (const name of models) {
    writeFileSync(join(folder, name), modelBytes)
    utimesSync(join(folder, name), newerSeconds, newerSeconds)
  }
  for (const name of others) writeFileSync(join(folder, name), `not a model: ${name}`)
  return folder
}

/** As MODEL@VERSION, with the name of the file. */
function found(folder: string, names: readonly string[] = [''], model?: string): string[] {
  const files = findModelFiles(
    names.map((name) => join(folder, name)),
    model,
  )
  return files.map(({ model: name, version, file }) => `${name}@${version} ${file.slice(folder.length + 1)}`)
}

describe('the model files of a command line', () => {
  test('of a folder all models count, the newest of each, and nothing else', () => {
    const folder = folderWith(
      [
        'a_1795419027.bin',
        'a_1795419028.ftz',
        'a_999999999.bin',
        'b.bin',
        '.hidden.bin',
        'c_1795419027.bin.part',
      ],
      ['data.bin', 'notes.txt', 'empty.ftz'],
    )
    mkdirSync(join(folder, 'folder.bin'))
    symlinkSync('a_1795419028.ftz', join(folder, 'latest.bin'))
    symlinkSync('nowhere', join(folder, 'dangling.bin'))
    expect(found(folder)).toEqual(['a@1795419028 a_1795419028.ftz', `b@${newerSeconds} b.bin`])
  })

  test('61 models are 61 models, also if files are named twice', () => {
    const names = Array.from({ length: 61 }, (_, i) => `m${i}_1795419027.bin`)
    expect(found(folderWith(names), ['', names[0] ?? ''])).toHaveLength(61)
  })

  test('a file alone may have any name if the model is named', () => {
    const folder = folderWith(['lid.176.ftz', '名字 1.bin'])
    expect(found(folder, ['lid.176.ftz'], 'lid')).toEqual([`lid@${newerSeconds} lid.176.ftz`])
    expect(found(folder, ['名字 1.bin'], 'name')).toEqual([`name@${newerSeconds} 名字 1.bin`])
  })

  test.each([
    [['名字_1591259822.bin'], undefined, 'model_name_unclear', /“名字”.*--model NAME/],
    [['two words.bin'], undefined, 'model_name_unclear', /“two words”/],
    [
      ['a_1795419027.bin', 'a_1795419027.ftz'],
      undefined,
      'version_unclear',
      /a_1795419027\.bin.*\.ftz.*a@1795419027/,
    ],
    [['a.bin', 'b.bin'], 'a', 'bad_usage', /one model.*2 files/],
    [['a.bin'], 'no good', 'model_name_unclear', /“no good”/],
  ])('%j, named %s, is refused with %s', (names, model, code, message) => {
    expect(() => found(folderWith(names), names, model)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) as string }),
    )
  })

  test('a folder without a model, and a path without a file, are refused', () => {
    const folder = folderWith([], ['data.bin'])
    expect(() => found(folder)).toThrow(expect.objectContaining({ code: 'model_file_not_found' }))
    expect(() => found(folder, ['x.bin'])).toThrow(expect.objectContaining({ code: 'model_file_not_found' }))
  })

  test('a file of the year 1970 has no version', () => {
    const folder = folderWith(['a.bin'])
    utimesSync(join(folder, 'a.bin'), 0, 0)
    expect(() => found(folder)).toThrow(expect.objectContaining({ code: 'version_unclear' }))
  })
})

describe('changeover up FILES', () => {
  const check = (cwd: string, ...args: string[]): ReturnType<typeof runCli> =>
    runCli(['up', ...args, '--check-config'], { cwd })

  test('is checked as a configuration is', async () => {
    const folder = folderWith(['a_1795419027.bin'])
    writeFileSync(join(folder, 'words 1.txt'), '学费 5 n\n')
    const files = ['.', '--tokenizer', 'jieba', '--user-dictionary', 'words 1.txt']
    const { code, stdout } = await check(folder, ...files)
    expect(stdout).toMatch(/\.changeover\/changeover\.yaml: ok, 0 routes/)
    expect(code).toBe(0)
  })

  test.each([
    [
      'a tokenizer that nobody named',
      ['a_1795419027.bin'],
      'tokenizer_unknown',
      /--tokenizer jieba\|whitespace/,
    ],
    [
      'a file that is no model',
      ['data.bin', '--tokenizer', 'jieba'],
      'model_file_invalid',
      /data\.bin: This is not a fastText model/,
    ],
    ['a tokenizer without files', ['--tokenizer', 'jieba'], 'bad_usage', /go with model files/],
    ['an application of gunicorn', ['app:app'], 'bad_usage', /gunicorn’s application/],
    [
      'a user dictionary that is not there',
      ['a_1795419027.bin', '--tokenizer', 'jieba', '--user-dictionary', 'x'],
      'config_invalid',
      /x, which is not a file/,
    ],
    [
      'stop words that are not there',
      ['a_1795419027.bin', '--tokenizer', 'jieba', '--stop-words', 'y'],
      'config_invalid',
      /y, which is not a file/,
    ],
    [
      'an option of jieba for another tokenizer',
      ['a_1795419027.bin', '--tokenizer', 'characters', '--no-hmm'],
      'config_invalid',
      /HMM/,
    ],
    ['an option of the tokenizer without files', ['--no-hmm'], 'bad_usage', /go with model files/],
  ])('refuses %s', async (_, args, code, message) => {
    const folder = folderWith(['a_1795419027.bin'], ['data.bin'])
    const { stderr, code: exit } = await check(folder, ...args)
    expect(stderr).toMatch(message)
    expect(stderr).toContain(`(${code})`)
    expect(exit).toBe(code === 'model_file_invalid' ? 1 : 2)
  })

  test('beside a configuration is refused, and says what to do', async () => {
    const folder = folderWith(['a_1795419027.bin'])
    writeFileSync(join(folder, 'changeover.yaml'), 'models: { a: {} }\n')
    const refused = await check(folder, 'a_1795419027.bin', '--tokenizer', 'jieba')
    expect(refused.stderr).toMatch(/changeover\.yaml says what is served.*\(bad_usage\)/)
    // A configuration needs no service file.
    expect((await check(folder)).stdout).toMatch(/changeover\.yaml: ok, 0 routes/)
  })

  test('without any, a command says that model files are enough', async () => {
    expect((await runCli(['status'], { cwd: folderWith([]) })).stderr).toMatch(
      /`changeover up FILE\.bin --tokenizer jieba`/,
    )
  })
})
