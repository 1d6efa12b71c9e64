import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { exampleFolder } from '../../harness/paths.ts'
import { trainReference } from '../../harness/reference-fasttext.ts'
import type { TokenizerName } from '../../src/config/schema/index.ts'
import { createTokenizers } from '../../src/store/index.ts'

export type ExampleTraining = {
  /** The folder of the model, and its name: `name_question_1795500000`. */
  readonly folder: string
  readonly name: string
  readonly tokenizer?: TokenizerName
  /** What becomes of each label of the corpus; undefined leaves its lines out. */
  readonly relabel?: (label: string) => string | undefined
  /** Lines to train on besides, cut already. */
  readonly more?: readonly string[]
  readonly options?: readonly string[]
}

/** As the example's second model. */
const exampleOptions = '-seed 1 -bucket 10000 -dim 10 -verbose 0 -wordNgrams 3 -lr 0.2 -epoch 25'.split(' ')

/** Trains a model on the example's corpus, or on what is made of it; returns its file. */
export function trainExample({
  folder,
  name,
  tokenizer = 'jieba',
  relabel = (label) => label,
  more = [],
  options = ['-minn', '1', '-maxn', '2'],
}: ExampleTraining): string {
  const { tokenize } = createTokenizers()(tokenizer)
  const lines = readFileSync(join(exampleFolder, 'corpus/train.txt'), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const space = line.indexOf(' ')
      const label = relabel(line.slice(0, space))
      return line === '' || label === undefined ? [] : [`${label} ${tokenize(line.slice(space + 1))}`]
    })
  const input = join(folder, `${name}.txt`)
  writeFileSync(input, [...lines, ...more].map((line) => `${line}\n`).join(''))
  return trainReference('supervised', input, join(folder, name), [...exampleOptions, ...options])
}
