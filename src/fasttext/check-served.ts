import { ModelFileError } from './errors.ts'
import type { DenseMatrix, ModelDescription } from './model-description.ts'

const LARGEST_MATRIX_FLOATS = 2 ** 32 - 1
const LOSS_OFFSET = 32
const MODEL_OFFSET = 36

/** A model that can be compiled: supervised, softmax, with dense matrices. */
export type ServedModel = ModelDescription & { readonly input: DenseMatrix; readonly output: DenseMatrix }

/** Throws `not_served_yet` or `too_large` for a sound model file that cannot be compiled. */
export function checkServed(description: ModelDescription): ServedModel {
  const { args, input, output } = description
  if (args.model !== 'supervised') {
    throw notServed(
      MODEL_OFFSET,
      `a model of word vectors (${args.model})`,
      'Train it with "fasttext supervised".',
    )
  }
  if (args.loss !== 'softmax') {
    throw notServed(LOSS_OFFSET, `a classifier with the loss ${args.loss}`, 'Train it with "-loss softmax".')
  }
  if (input.kind === 'quantized' || output.kind === 'quantized') {
    const offset = input.kind === 'quantized' ? input.offset : output.offset
    const pruned = description.pruned ? 'quantized and pruned' : 'quantized'
    throw notServed(offset, `a ${pruned} model (.ftz)`, 'Give the .bin file that it was made from.')
  }
  for (const matrix of [input, output]) checkSize(matrix)
  return { ...description, input, output }
}

function checkSize(matrix: DenseMatrix): void {
  if (matrix.rows * matrix.columns <= LARGEST_MATRIX_FLOATS) return
  throw new ModelFileError(
    'too_large',
    matrix.offset,
    `A matrix of this model has ${matrix.rows} rows of ${matrix.columns} numbers; ` +
      `${LARGEST_MATRIX_FLOATS} numbers can be served. Train it with a smaller -bucket or -dim.`,
  )
}

function notServed(offset: number, what: string, remedy: string): ModelFileError {
  return new ModelFileError(
    'not_served_yet',
    offset,
    `The file is ${what}, which is not served yet. ${remedy}`,
  )
}
