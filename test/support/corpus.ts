import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { exampleFolder } from '../../harness/paths.ts'

export type Utterance = { readonly label: string; readonly text: string }

/** The labelled utterances of the example's test set, raw. */
export function readTestSet(): Utterance[] {
  return readFileSync(join(exampleFolder, 'corpus/test.txt'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const space = line.indexOf(' ')
      return { label: line.slice(0, space), text: line.slice(space + 1) }
    })
}
