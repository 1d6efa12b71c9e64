import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'

import { expect, onTestFinished, test } from 'vitest'

import { buildModelFile, tinyModel } from '../../src/engine/fasttext/testing/model-file-builder.ts'
import { createTokenizers, loadVersion, publish } from '../../src/store/index.ts'
import { selfTest, warm } from '../../src/worker/candidate.ts'

const dim = 10
const rowOf = (index: number): number[] =>
  Array.from({ length: dim }, (_, i) => ((index * (i + 3)) % 11) / 11)

test('a softmax model of 100,000 labels is warmed and tests itself in seconds; thousands of answers would take twenty', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-many-labels-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const labels = Array.from({ length: 100_000 }, (_, i) => `__label__${i}`)
  const file = join(folder, 'm_1.bin')
  writeFileSync(
    file,
    buildModelFile({
      ...tinyModel,
      args: { ...tinyModel.args, dim },
      labels,
      input: { kind: 'dense', rows: tinyModel.words.map((_, i) => rowOf(i + 1)) },
      output: { kind: 'dense', rows: labels.map((_, i) => rowOf(i)) },
    }),
  )
  const target = { model: 'm', version: '1' }
  publish({ storePath: folder, ...target, file, tokenizer: 'whitespace', nowMs: 0 })
  // Processor time, so that a busy machine does not count.
  const begun = process.cpuUsage()
  const loaded = loadVersion(folder, target, createTokenizers())
  const { label = '' } = loaded.top('你好') ?? {}
  await warm(loaded, [{ text: '你好', label }], nextTurn)
  await selfTest(loaded, [{ text: '你好', label }])
  const { user, system } = process.cpuUsage(begun)
  expect((user + system) / 1e6).toBeLessThan(4)
  loaded.release()
})
