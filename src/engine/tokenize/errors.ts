const tokenizeErrorStatus = {
  not_a_dictionary: 500,
  unsupported_version: 500,
  bad_layout: 500,
  bad_dictionary_line: 422,
  bad_stop_words: 422,
  empty_dictionary: 422,
  bad_hidden_markov_model: 422,
  dictionary_too_large: 422,
} as const

export type TokenizeErrorCode = keyof typeof tokenizeErrorStatus

/** A word dictionary cannot be compiled or a list of stop words read (status 422) or its compiled form cannot be opened (500). */
export class TokenizeError extends Error {
  override readonly name = 'TokenizeError'
  readonly code: TokenizeErrorCode
  readonly status: 422 | 500

  constructor(code: TokenizeErrorCode, message: string) {
    super(message)
    this.code = code
    this.status = tokenizeErrorStatus[code]
  }
}
