import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { trainReference } from '../reference-fasttext.ts'

/** A model of many labels, or of long n-grams, that the reference trains in seconds. */
export type LabelModel = {
  readonly labels: number
  readonly loss: 'hs' | 'softmax'
  /** How many labels share a line; with softmax a line costs as much as the model has labels. */
  readonly labelsALine: number
  /** How many words a line has. */
  readonly words: number
  readonly wordNgrams: number
}

/** In this share of the lines, the last ones, the second version has learnt other labels, so that a few of its answers differ. */
const changedShare = 0.02

/** The training lines: all labels in turn, each line with words that no other has first and then words that many have. */
export function labelLines({ labels, labelsALine, words }: LabelModel): readonly string[] {
  return Array.from({ length: Math.ceil(labels / labelsALine) }, (_, line) => {
    const first = line * labelsALine
    const names = Array.from({ length: Math.min(labelsALine, labels - first) }, (_, i) =>
      labelName(first + i),
    )
    return `${names.join(' ')} ${labelText(line, words)}`
  })
}

function labelName(index: number): string {
  return `__label__topic_${index}`
}

/** The text of a training line. */
function labelText(line: number, words: number): string {
  return Array.from({ length: words }, (_, i) =>
    i === 0 ? `line${line}` : `word${(line * 31 + i * 7) % 997}`,
  ).join(' ')
}

/** Trains two versions of a model into `folder`, by the names that they are deployed by. Both have the same labels. */
export function trainLabelModels(
  model: LabelModel,
  name: string,
  folder: string,
): readonly [before: string, after: string] {
  const lines = labelLines(model)
  const train = (version: number, text: readonly string[]): string => {
    const input = join(folder, 'train.txt')
    writeFileSync(input, text.map((line) => `${line}\n`).join(''))
    const { loss, wordNgrams } = model
    const options = ['-loss', loss, '-wordNgrams', String(wordNgrams), ...trainingOptions]
    const file = trainReference('supervised', input, join(folder, `${name}_${version}`), options)
    rmSync(input)
    return file
  }
  return [
    train(1_700_000_000, lines),
    train(1_700_000_001, swapLast(lines, Math.floor(lines.length * changedShare))),
  ]
}

/** As many tokens and labels as before, so that all lines but the last teach the same. */
function swapLast(lines: readonly string[], count: number): readonly string[] {
  const last = lines.slice(lines.length - count).map((line) => line.split(/ (?!__label__)/))
  const swapped = last.map(([, ...words], i) => [last[(i + 1) % count]?.[0], ...words].join(' '))
  return [...lines.slice(0, lines.length - count), ...swapped]
}

const trainingOptions = ['-dim', '10', '-epoch', '1', '-lr', '1', '-verbose', '0']
