import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe, expect, test } from 'vitest'

import { firstModel, secondModel } from '../../harness/paths.ts'
import { cutInPython } from '../../harness/python-jieba.ts'
import { missingComponents } from '../../harness/real-components.ts'
import { predictReference } from '../../harness/reference-fasttext.ts'
import { createTokenizers, loadVersion, publish } from '../../src/store/index.ts'
import { readTestSet } from '../support/corpus.ts'

const missing = missingComponents('fasttext', 'python3-jieba')
const utterances = readTestSet()
const tolerance = 1e-5

describe.skipIf(missing !== false)(
  `the example’s models, over its whole test set${missing === false ? '' : ` (${missing})`}`,
  () => {
    const storePath = mkdtempSync(join(tmpdir(), 'changeover-example-'))
    afterAll(() => {
      rmSync(storePath, { recursive: true })
    })

    test.each([firstModel, secondModel])('%s gives the reference’s labels and probabilities', (file) => {
      const target = { model: 'name_question', version: file.replace(/^.*_(\d+)\.bin$/, '$1') }
      publish({ storePath, ...target, file, tokenizer: 'jieba', nowMs: 0 })
      const model = loadVersion(storePath, target, createTokenizers())
      const reference = predictReference(file, cutInPython(utterances.map(({ text }) => text)), -1)
      expect(reference).toHaveLength(utterances.length)
      for (const [i, { text }] of utterances.entries()) {
        const ours = model.predict(text, -1)
        const theirs = reference[i] ?? []
        expect([text, ours.map(({ label }) => label)]).toEqual([text, theirs.map(({ label }) => label)])
        for (const [rank, { probability }] of ours.entries())
          expect(Math.abs(probability - (theirs[rank]?.probability ?? NaN)), text).toBeLessThan(tolerance)
      }
      expect(model.top('您贵姓')).toEqual(model.predict('您贵姓')[0])
      model.release()
    })

    test('the second is plainly better, and they differ on an utterance', () => {
      const right = [firstModel, secondModel].map((file) => {
        const target = { model: 'name_question', version: file.replace(/^.*_(\d+)\.bin$/, '$1') }
        const model = loadVersion(storePath, target, createTokenizers())
        return utterances.filter(({ text, label }) => model.top(text)?.label === label).length
      })
      expect(right).toEqual([135, 152])
    })
  },
)
