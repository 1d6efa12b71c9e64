/** Why a file cannot be read as a fastText model, or cannot be compiled. */
export type ModelFileErrorCode =
  | 'empty_file'
  | 'not_a_model'
  | 'unsupported_version'
  | 'truncated'
  | 'trailing_bytes'
  | 'bad_argument'
  | 'bad_dictionary'
  | 'ambiguous_labels'
  | 'duplicate_word'
  | 'bad_prune_table'
  | 'bad_flag'
  | 'bad_matrix_shape'
  | 'bad_quantizer'
  | 'not_finite'
  | 'too_large'
  | 'not_supervised'

/** The user's model file was refused. `offset` is the byte of the file where the trouble is. */
export class ModelFileError extends Error {
  override readonly name = 'ModelFileError'
  readonly status = 422
  readonly code: ModelFileErrorCode
  readonly offset: number

  constructor(code: ModelFileErrorCode, offset: number, message: string) {
    super(message)
    this.code = code
    this.offset = offset
  }
}

/** Why bytes cannot be opened as a compiled model. */
export type CompiledModelErrorCode = 'not_compiled' | 'wrong_format_version' | 'bad_layout' | 'bad_metadata'

/** A compiled model, which this program wrote itself, cannot be opened: it is damaged or from another release. */
export class CompiledModelError extends Error {
  override readonly name = 'CompiledModelError'
  readonly status = 500
  readonly code: CompiledModelErrorCode

  constructor(code: CompiledModelErrorCode, message: string) {
    super(`The compiled model cannot be opened: ${message}. Publish the original model file again.`)
    this.code = code
  }
}

const predictionErrorStatus = {
  model_closed: 503,
  bad_k: 400,
  bad_threshold: 400,
  not_a_number: 500,
  no_vectors: 500,
  text_too_long: 413,
  unknown_label: 400,
} as const

/** Why a prediction cannot be given. */
export type PredictionErrorCode = keyof typeof predictionErrorStatus

/** A prediction was requested that is not possible. */
export class PredictionError extends Error {
  override readonly name = 'PredictionError'
  readonly status: number
  readonly code: PredictionErrorCode

  constructor(code: PredictionErrorCode, message: string) {
    super(message)
    this.code = code
    this.status = predictionErrorStatus[code]
  }
}

/** A score of the model is not a number. */
export function overflow(): PredictionError {
  return new PredictionError(
    'not_a_number',
    'The numbers of this model are so large that a score overflowed. Train it with a lower -lr.',
  )
}
