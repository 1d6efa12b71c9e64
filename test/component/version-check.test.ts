import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import { builtEntry, firstModel } from '../../harness/paths.ts'
import { publish } from '../../src/store/index.ts'
import { checkInThread } from '../../src/supervisor/deployments/check-in-thread.ts'

test('the files of a version are hashed beside the event loop, which goes on meanwhile', async () => {
  const storePath = mkdtempSync(join(tmpdir(), 'changeover-version-check-'))
  onTestFinished(() => rmSync(storePath, { recursive: true }))
  const target = { model: 'm', version: '1' }
  publish({ storePath, ...target, file: firstModel, tokenizer: 'jieba', nowMs: 0 })
  let turns = 0
  const turn = (): void => {
    turns++
    next = setImmediate(turn)
  }
  let next = setImmediate(turn)
  onTestFinished(() => clearImmediate(next))
  const check = () => checkInThread(builtEntry('version-check'), { storePath, target, trustedKeys: [] })
  expect(await check()).toBeUndefined()
  expect(turns).toBeGreaterThan(10)

  const compiled = join(storePath, 'models/m/versions/1/compiled.bin')
  const bytes = readFileSync(compiled)
  bytes[5_000] = (bytes[5_000] ?? 0) ^ 1
  chmodSync(compiled, 0o644)
  writeFileSync(compiled, bytes)
  expect(await check()).toMatchObject({ code: 'version_damaged' })
})
