import type { Versions } from './result.ts'

/** Why a request failed, in the form of RFC 9457. `detail` is for people. */
export type ProblemDetails = {
  readonly type?: string
  readonly title?: string
  readonly status?: number
  readonly detail?: string
  readonly [member: string]: unknown
}

/** What a `ClientError` says beside its message. */
export type ClientErrorFacts = {
  readonly code: string
  readonly status?: number | undefined
  readonly problem?: ProblemDetails | undefined
  readonly body?: unknown
  readonly location?: string | undefined
  readonly versions?: Versions
  readonly requestId?: string | undefined
  readonly attempts?: number
  readonly cause?: unknown
}

/** A call that brought no result. A call that its caller has aborted rejects with the reason of the signal instead. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  /**
   * The server's code, such as `overloaded` or `bad_body`; or one of the client's: `http_error` for an error without a code,
   * `redirected`, `bad_answer` for an answer that is not what its type says, `no_answer`, `timed_out`.
   */
  readonly code: string
  /** Undefined if there was no answer. */
  readonly status: number | undefined
  readonly problem: ProblemDetails | undefined
  /** The body of the answer: parsed if it is JSON, bytes if it is neither JSON nor text. */
  readonly body: unknown
  /** Where a redirect leads. A browser does not say. */
  readonly location: string | undefined
  readonly versions: Versions
  readonly requestId: string | undefined
  /** How often the request was sent. */
  readonly attempts: number

  constructor(message: string, facts: ClientErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.code = facts.code
    this.status = facts.status
    this.problem = facts.problem
    this.body = facts.body
    this.location = facts.location
    this.versions = facts.versions ?? {}
    this.requestId = facts.requestId
    this.attempts = facts.attempts ?? 1
  }
}
