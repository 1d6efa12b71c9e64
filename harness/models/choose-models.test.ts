import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { dataPaths, loadConfig } from '../../src/config/index.ts'
import { publish } from '../../src/store/index.ts'
import { exampleFolder, firstModel, secondModel } from '../paths.ts'
import { chooseModels } from './choose-models.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-choose-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('the initial file comes first, also where the store of the configuration has it, and others, published already', async () => {
  const { config } = await loadConfig(join(exampleFolder, 'changeover.yaml'))
  const own = { ...config, data: join(folder, 'data') }
  const versions = (): string[] =>
    chooseModels(own, join(folder, 'models')).files.map(({ version }) => version)
  const [first, second] = ['1795419027', '1795419028']
  expect(versions()).toEqual([first, second])
  for (const [version = '', file] of [
    [first, firstModel],
    [second, secondModel],
    ['1795419029', secondModel],
  ] as const)
    publish({
      storePath: dataPaths(own.data).store,
      model: 'name_question',
      version,
      file,
      tokenizer: 'jieba',
      nowMs: 0,
    })
  expect(versions()).toEqual([first, second])
})
