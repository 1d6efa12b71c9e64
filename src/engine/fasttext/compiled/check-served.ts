import { ModelFileError } from '../errors.ts'
import type { Matrix, ModelDescription } from '../model-description.ts'

const maxArrayLength = 2 ** 32 - 1
const lossOffset = 32
const modelOffset = 36

/** The reference gives the nodes that it has yet to build this count, so a label's must be smaller. */
const countLimit = 1e15

/** Longer n-grams than this would take minutes for one long text; nobody trains with a tenth of it. */
const maxNgramLength = 100
const ngramOffsets = { wordNgrams: 28, maxn: 48 } as const

/** Throws `not_supervised`, `bad_dictionary` or `too_large` for a sound model file that cannot be compiled. */
export function checkServed(description: ModelDescription): void {
  const { args, input, output, labels } = description
  if (args.model !== 'supervised') throw notSupervised(args.model)
  for (const name of ['wordNgrams', 'maxn'] as const) {
    if (args[name] > maxNgramLength) throw ngramsTooLong(name, args[name])
  }
  if (args.loss === 'hs' && labels.some(({ count }) => count >= countLimit)) throw countTooLarge()
  for (const matrix of [input, output]) checkSize(matrix)
}

function checkSize(matrix: Matrix): void {
  const perRow = matrix.kind === 'dense' ? matrix.columns : matrix.codesPerRow
  if (matrix.rows * perRow <= maxArrayLength) return
  throw new ModelFileError(
    'too_large',
    matrix.offset,
    `A matrix of this model has ${matrix.rows} rows of ${perRow} numbers; ` +
      `${maxArrayLength} numbers can be served. Train it with a smaller -bucket or -dim.`,
  )
}

function notSupervised(kind: string): ModelFileError {
  return new ModelFileError(
    'not_supervised',
    modelOffset,
    `The file holds word vectors (${kind}), not a classifier: it has no labels to predict. ` +
      `Train one with "fasttext supervised".`,
  )
}

function ngramsTooLong(name: keyof typeof ngramOffsets, value: number): ModelFileError {
  return new ModelFileError(
    'too_large',
    ngramOffsets[name],
    `The model was trained with -${name} ${value}; up to ${maxNgramLength} can be served. ` +
      `If nobody chose that, the file is damaged: copy it again.`,
  )
}

function countTooLarge(): ModelFileError {
  return new ModelFileError(
    'bad_dictionary',
    lossOffset,
    `The model file is damaged: a label's count is ${countLimit} or more, which no tree of the loss hs can ` +
      `be built from. Copy or train it again.`,
  )
}
