import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { expect, onTestFinished, test } from 'vitest'

import type * as exampleModels from './example-models.ts'

type ExampleModels = typeof exampleModels

test('a run in a fresh checkout, without a folder of earlier models, makes that folder', async () => {
  const checkout = mkdtempSync(join(tmpdir(), 'changeover-checkout-'))
  onTestFinished(() => rmSync(checkout, { recursive: true }))
  const module = join(checkout, 'harness/models/example-models.ts')
  mkdirSync(join(checkout, 'harness/models'), { recursive: true })
  copyFileSync(fileURLToPath(new URL('./example-models.ts', import.meta.url)), module)
  const { cacheFolder, createRunFolder } = (await import(pathToFileURL(module).href)) as ExampleModels
  expect(cacheFolder).toBe(join(checkout, '.cache/bench'))
  for (let run = 0; run < 2; run++) expect(existsSync(createRunFolder())).toBe(true)
})
