import type { LabelTest } from '../../engine/fasttext/index.ts'
import { partLine } from '../../engine/fasttext/index.ts'

/** Turns the text of a line into tokens; its labels stay as they are, wherever they stand. */
export function tokenizeLine(line: string, isLabel: LabelTest, tokenize: (text: string) => string): string {
  return partLine(line, isLabel)
    .map(({ areLabels, text }) => (areLabels ? text : tokenize(text)))
    .join('')
}
