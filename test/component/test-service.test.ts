import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

import { defineService } from 'changeover'
import { testService } from 'changeover/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { exampleFolder, secondModel } from '../../harness/paths.ts'

const service = defineService((routes) => {
  routes.get('/label', ({ model, query }) => ({
    label: model('name').top(query['text'] ?? '')?.label,
    labels: model('name').labelCount,
    explained: model('name').explain('您贵姓')[0]?.label,
  }))
  routes.get('/vector', ({ model }) => model('name').sentenceVector('您贵姓').length)
})

let folder: string
const before = process.env['TMPDIR']
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-test-'))
  process.env['TMPDIR'] = folder
})
afterAll(() => {
  if (before === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = before
  rmSync(folder, { recursive: true, force: true })
})

test('a model file answers as it does when it is served, and its folder is gone at once', async () => {
  const files = [secondModel, pathToFileURL(secondModel)]
  for (const file of files) {
    const app = await testService(service, {
      name: { file, tokenizer: 'jieba', sentenceVectors: true },
    })
    expect(readdirSync(folder)).toEqual([])
    const answer = await app.request('/label?text=%E6%82%A8%E8%B4%B5%E5%A7%93')
    expect(await answer.json()).toMatchObject({
      label: '__label__name',
      labels: 2,
      explained: '__label__name',
    })
    expect(answer.headers.get('x-model-version')).toMatch(/^name@\d+$/)
    expect(await (await app.request('/vector')).text()).toBe('10')
    await app.close()
  }
})

test('a file that cannot be served, or without a tokenizer, is refused, and leaves nothing', async () => {
  const open = (model: object) => testService(service, { name: model as never })
  await expect(open({ file: join(folder, 'none.bin'), tokenizer: 'jieba' })).rejects.toMatchObject({
    code: 'model_file_not_found',
  })
  await expect(open({ file: secondModel })).rejects.toMatchObject({ code: 'tokenizer_unknown' })
  expect(readdirSync(folder)).toEqual([])
})

test('the test of the example passes under node --test', async () => {
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, [
    '--import',
    'jiti/register',
    '--test',
    join(exampleFolder, 'service.test.ts'),
  ])
  expect(stdout).toMatch(/^# pass 3$/m)
  expect(stdout).toMatch(/^# fail 0$/m)
})
