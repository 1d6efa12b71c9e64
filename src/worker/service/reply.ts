import { STATUS_CODES } from 'node:http'

/** Values of a header that is sent several times, such as set-cookie, are a list. */
export type ReplyHeaders = Readonly<Record<string, string | readonly string[]>>

/** An answer with a status and headers of its own. A service makes one with `reply`. `Sent` is what a client reads. */
export class Reply<Status extends number = number, Sent = unknown> {
  /** For the compiler alone. */
  declare readonly '~sent': { readonly status: Status; readonly body: Sent }
  readonly status: number
  readonly body: unknown
  /** Names in lower case and values, in turn. */
  readonly headers: readonly string[]

  constructor(status: number, body: unknown, headers: ReplyHeaders) {
    requireStatus(status)
    if (hasNoBody(status) && body !== undefined)
      throw new TypeError(`an answer with the status ${status} has no body; leave it out`)
    this.status = status
    this.body = body
    this.headers = listHeaders(headers)
  }
}

/**
 * An answer with any status, headers and content type: a string is sent as plain text, bytes as they are, anything else as JSON,
 * each unless `headers` has a content-type. Throws a TypeError for a status or a header that no answer may have.
 */
export function reply<Status extends number, Body = undefined>(
  status: Status,
  body?: Body,
): Reply<Status, Body>
export function reply<Status extends number, Body, Headers extends ReplyHeaders>(
  status: Status,
  body: Body,
  headers: Headers,
): Reply<Status, SentBody<Body, Headers>>
export function reply(status: number, body?: unknown, headers: ReplyHeaders = {}): Reply {
  return new Reply(status, body, headers)
}

/** A content type of one's own may say that the body is read otherwise. */
type SentBody<Body, Headers> = 'content-type' extends Lowercase<keyof Headers & string> ? unknown : Body

/**
 * What a service throws to answer with an error: `throw new HttpError(404, 'there is no such conversation')`. The answer is
 * problem details (RFC 9457) with the message as `detail`, which the caller reads. It is not logged.
 */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly status: number
  readonly headers: readonly string[]

  constructor(status: number, message: string, headers: ReplyHeaders = {}) {
    super(message)
    requireStatus(status)
    if (status < 400) throw new TypeError(`${status} is the status of no error; use 400 to 599, or reply(…)`)
    this.status = status
    this.headers = listHeaders(headers)
  }

  /** The JSON of its problem details. */
  toProblem(): string {
    const { status, message } = this
    return JSON.stringify({
      type: 'about:blank',
      title: STATUS_CODES[status] ?? 'Error',
      status,
      detail: message,
    })
  }
}

export function hasNoBody(status: number): boolean {
  return status === 204 || status === 205 || status === 304
}

function requireStatus(status: number): void {
  if (Number.isInteger(status) && status >= 200 && status <= 599) return
  throw new TypeError(`${status} is not a status that an answer can have; use 200 to 599`)
}

/** What the connection decides, or another header of ours says. */
const reserved = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-model-version',
  'x-request-id',
])

const headerName = /^[!#$%&'*+.^_`|~\w-]+$/
/** What HTTP allows in a value (RFC 9110, 5.5). */
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/

function listHeaders(headers: ReplyHeaders): string[] {
  return Object.entries(headers).flatMap(([name, values]) => {
    const lower = name.toLowerCase()
    if (!headerName.test(name)) throw new TypeError(`${JSON.stringify(name)} is not the name of a header`)
    if (reserved.has(lower)) throw new TypeError(`a service cannot set the header ${lower}`)
    return [values].flat().flatMap((value) => {
      if (!headerValue.test(value))
        throw new TypeError(`the header ${lower} cannot have the value ${JSON.stringify(value)}; encode it`)
      return [lower, value.trim()]
    })
  })
}
