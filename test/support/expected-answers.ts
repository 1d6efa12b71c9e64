import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { firstModel, secondModel } from '../../harness/paths.ts'
import { createTokenizers, loadVersion, publish } from '../../src/store/index.ts'
import type { Utterance } from './corpus.ts'

/** Whether each version takes each utterance for a name question, by `model@version`. */
export function expectedAnswers(utterances: readonly Utterance[]): ReadonlyMap<string, readonly boolean[]> {
  const storePath = mkdtempSync(join(tmpdir(), 'changeover-expected-'))
  try {
    return new Map(
      [firstModel, secondModel].map((file) => {
        const version = file.replace(/^.*_(\d+)\.bin$/, '$1')
        const target = { model: 'name_question', version }
        publish({ storePath, ...target, file, tokenizer: 'jieba', nowMs: 0 })
        const model = loadVersion(storePath, target, createTokenizers())
        const asks = utterances.map(({ text }) => model.top(text)?.label === '__label__name')
        return [`name_question@${version}`, asks]
      }),
    )
  } finally {
    rmSync(storePath, { recursive: true, force: true })
  }
}
