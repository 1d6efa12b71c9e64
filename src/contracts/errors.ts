/** Every error code of the program, with the HTTP status that goes with it. Codes are stable: match on them, never on messages. */
export const errorStatus = {
  bad_request: 400,
  request_timeout: 408,
  url_too_long: 414,
  expectation_failed: 417,
  headers_too_large: 431,
  not_implemented: 501,
  http_version_unsupported: 505,
  bad_json: 400,
  bad_utf8: 400,
  bad_body: 400,
  bad_parameter: 400,
  body_too_large: 413,
  media_type_unsupported: 415,
  not_authenticated: 401,
  not_allowed: 403,
  too_many_attempts: 429,
  route_not_found: 404,
  method_not_allowed: 405,
  service_failed: 500,
  no_instance: 503,
  overloaded: 503,
  instance_paused: 503,
  answer_unknown: 502,
  bad_usage: 400,
  host_file_invalid: 400,
  config_not_found: 400,
  config_invalid: 400,
  service_invalid: 400,
  port_in_use: 409,
  bind_failed: 400,
  already_running: 409,
  not_running: 409,
  start_failed: 500,
  run_folder_unusable: 500,
  log_unwritable: 500,
  tracing_unavailable: 500,
  model_unknown: 404,
  model_name_unclear: 400,
  model_file_not_found: 404,
  model_file_invalid: 422,
  model_load_failed: 500,
  tokenizer_unknown: 400,
  user_dictionary_invalid: 422,
  stop_words_invalid: 422,
  self_test_failed: 422,
  gate_failed: 422,
  nothing_recorded: 409,
  version_unclear: 400,
  version_unknown: 404,
  version_conflict: 409,
  version_damaged: 500,
  version_in_use: 409,
  version_untrusted: 403,
  no_previous_version: 409,
  rollout_busy: 409,
  rollout_failed: 409,
  store_failed: 500,
  link_closed: 503,
  command_unknown: 501,
  timed_out: 504,
  internal: 500,
} as const

export type ErrorCode = keyof typeof errorStatus

/** An error that a person or a program is meant to read: a stable code and a message that says what failed, why, and what to do. */
export class ChangeoverError extends Error {
  override readonly name = 'ChangeoverError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** An error as one process sends it to another. */
export type ErrorReport = { readonly code: ErrorCode; readonly message: string }

/** The message of any thrown value. */
export function toMessage(error: unknown): string {
  // eslint-disable-next-line no-restricted-syntax -- this is the one place
  return error instanceof Error ? error.message : String(error)
}

/** Any thrown value as a report; what is not ours becomes `internal`. */
export function toErrorReport(error: unknown): ErrorReport {
  if (error instanceof ChangeoverError) return { code: error.code, message: error.message }
  return { code: 'internal', message: toMessage(error) }
}

/** The error that problem details report; `internal` if the text is not one that this program wrote. */
export function parseProblem(text: string): ChangeoverError {
  try {
    const { type, detail } = JSON.parse(text) as { type: string; detail: string }
    const code = type.slice(problemTypePrefix.length)
    return new ChangeoverError(code in errorStatus ? (code as ErrorCode) : 'internal', detail)
  } catch {
    return new ChangeoverError('internal', text)
  }
}

const problemTypePrefix = 'urn:changeover:error:'

/** RFC 9457 problem details for an error, as the JSON text of an `application/problem+json` body. */
export function problemDetails(error: ErrorReport): string {
  const status = errorStatus[error.code]
  return JSON.stringify({
    type: problemTypePrefix + error.code,
    title: error.code.replaceAll('_', ' '),
    status,
    detail: error.message,
    // What clients of the Open Inference Protocol and of TensorFlow Serving read.
    error: error.message,
  })
}
