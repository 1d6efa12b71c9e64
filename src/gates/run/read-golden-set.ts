import { readFileSync } from 'node:fs'

import { ChangeoverError, toMessage } from '../../contracts/index.ts'
import type { LabelTest } from '../../engine/fasttext/index.ts'
import { splitLabels } from '../../engine/fasttext/index.ts'

/** A line of a golden set; `truth` is empty if it has no label. */
export type GoldenLine = { readonly text: string; readonly truth: readonly string[] }

/** The lines of a file in fastText's form, empty ones left out. Throws `bad_usage` if it cannot be read, `bad_utf8` if it is not UTF-8. */
export function readGoldenSet(file: string, isLabel: LabelTest): GoldenLine[] {
  return decode(file)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const { labels, text } = splitLabels(line, isLabel)
      return { text, truth: labels }
    })
}

function decode(file: string): string {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(file)
  } catch (error) {
    const why = toMessage(error)
    throw new ChangeoverError('bad_usage', `${file} cannot be read: ${why}; name a text file`, {
      cause: error,
    })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new ChangeoverError('bad_utf8', `${file} is not UTF-8; convert it first, for example with iconv`, {
      cause: error,
    })
  }
}
