import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { runCli } from '../../harness/cli.ts'
import { firstModel, secondModel } from '../../harness/paths.ts'
import { writeProject } from '../../src/cli/project/write-project.ts'

const root = resolve(import.meta.dirname, '../..')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-new-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const list = (): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()

test('a folder that is not empty, or a file, is refused and left as it is', async () => {
  writeFileSync(join(folder, '.hidden'), '')
  for (const [name, message] of [
    ['.', /is not empty: it has \.hidden; name a folder that is empty or does not exist \(bad_usage\)/],
    ['.hidden', /\.hidden is not a folder, or is inside a file; name another folder \(bad_usage\)/],
    ['.hidden/below', /\.hidden\/below is not a folder, or is inside a file; .* \(bad_usage\)/],
  ] as const) {
    const { code, stderr } = await runCli(['new', name], { cwd: folder })
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)])
  }
  expect(list()).toEqual(['.hidden'])
})

test('what is no model, several of them, or one without a tokenizer is refused, and nothing is written', async () => {
  mkdirSync(join(folder, 'models'))
  const [one, other] = [join(folder, 'models/one_1591259822.bin'), join(folder, 'models/two_1591259822.bin')]
  writeFileSync(one, readFileSync(firstModel))
  writeFileSync(other, 'no model')
  const run = (...args: string[]) => runCli(['new', 'service', ...args], { cwd: folder })
  expect((await run('--model', other, '--tokenizer', 'jieba')).stderr).toContain('(model_file_invalid)')
  writeFileSync(other, readFileSync(secondModel))
  expect((await run('--model', 'models')).stderr).toContain('models has several models; name one (bad_usage)')
  expect(await run('--model', one)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('give --tokenizer jieba|') as string,
  })
  expect(readdirSync(folder)).toEqual(['models'])
})

test('an empty folder with any name is taken', async () => {
  const { code, stdout } = await runCli(['new', "it's 名字"], { cwd: folder })
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^next: cd 'it'"'"'s 名字' && npm install/m)])
  const manifest = JSON.parse(readFileSync(join(folder, "it's 名字/package.json"), 'utf8')) as object
  // A checkout is not on a registry.
  expect(manifest).toMatchObject({ name: 'it-s', dependencies: { changeover: `file:${root}` } })
})

test('nothing is overwritten, and nothing left, if a file has come meanwhile or cannot be copied', () => {
  const files = ['a', 'b'].map((path) => ({ path, text: 'new' }))
  writeFileSync(join(folder, 'b'), 'own')
  expect(() => writeProject(folder, files, {})).toThrow(/b cannot be written \(EEXIST\)/)
  expect([list(), readFileSync(join(folder, 'b'), 'utf8')]).toEqual([['b'], 'own'])
  rmSync(join(folder, 'b'))
  expect(() => writeProject(folder, files, { 'models/c': join(folder, 'none') })).toThrow(/\(ENOENT\)/)
  expect(list()).toEqual(['models'])
})
