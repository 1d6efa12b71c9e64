import type { CallOptions, ClientOptions } from './call-options.ts'
import { ClientError } from './client-error.ts'
import type { Exchanged, ExchangeRequest } from './exchange.ts'
import { exchange } from './exchange.ts'
import type { Fetch } from './fetch.ts'
import { decode, toText } from './read-content.ts'
import type { Result } from './result.ts'
import { describeAnswer } from './result.ts'

export type CallerRequest = CallOptions &
  Pick<ExchangeRequest, 'method' | 'body' | 'isRepeatable'> & {
    /** With its query. */
    readonly path: string
  }

/** A runtime's timers take no more. */
const maxTimeoutMs = 2_147_483_647

/** Sends requests to one server with the options of a client. */
export class Caller {
  readonly #base: string
  readonly #options: {
    readonly timeoutMs: number
    readonly retries: number
    readonly headers: NonNullable<ClientOptions['headers']>
  }
  readonly #fetch: Fetch

  /** Throws a TypeError for a URL or an option that cannot be. */
  constructor(url: string | URL, { timeoutMs = 30_000, retries = 2, headers = {}, fetch }: ClientOptions) {
    this.#base = readBase(String(url))
    this.#options = { timeoutMs, retries, headers }
    // The global one is looked up for each call, and called as a function: browsers refuse it as a method.
    this.#fetch = fetch ?? ((target, request) => globalThis.fetch(target, request))
    requireLimits(timeoutMs, retries)
  }

  /** The answer, its body parsed and read. Throws as `exchange` does, and `bad_answer` if `read` throws or the body is no JSON. */
  async call<Body>(request: CallerRequest, read: (body: unknown) => Body): Promise<Result<Body>> {
    const exchanged = await this.#exchange(request)
    try {
      return toResult(exchanged, read(decode(exchanged.content, exchanged.response)))
    } catch (cause) {
      throw this.#badAnswer(request, exchanged, cause)
    }
  }

  /** The answer, its body as text. */
  async send(request: CallerRequest): Promise<Result<string>> {
    const exchanged = await this.#exchange(request)
    return toResult(exchanged, toText(exchanged.content))
  }

  async #exchange(request: CallerRequest): Promise<Exchanged> {
    const { timeoutMs = this.#options.timeoutMs, retries = this.#options.retries } = request
    requireLimits(timeoutMs, retries)
    const { method, path, body, isRepeatable, signal } = request
    return exchange(
      {
        method,
        url: this.#base + path,
        headers: joinHeaders(
          body === undefined ? undefined : { 'content-type': 'application/json' },
          this.#options.headers,
          request.headers,
        ),
        body,
        isRepeatable,
        timeoutMs,
        retries,
        signal,
      },
      this.#fetch,
    )
  }

  #badAnswer({ method, path }: CallerRequest, exchanged: Exchanged, cause: unknown): ClientError {
    const { response, content, attempts } = exchanged
    const { status, headers } = response
    return new ClientError(
      `${method} ${this.#base}${path} answered ${status} with a body that cannot be read: ${String(cause)}`,
      { code: 'bad_answer', status, body: content, attempts, cause, ...describeAnswer(headers) },
    )
  }
}

function toResult<Body>({ response: { status, headers } }: Exchanged, body: Body): Result<Body> {
  return { status, body, ...describeAnswer(headers), headers }
}

/** Without the slash at the end: paths begin with one. */
function readBase(url: string): string {
  const isPath = url === '' || /^\/(?!\/)[^?#]*$/.test(url)
  if (isPath || isPlainUrl(url)) return url.replace(/\/+$/, '')
  throw new TypeError(
    `a client cannot be made for “${url}”; give it a URL without a query, such as http://127.0.0.1:8086`,
  )
}

function isPlainUrl(url: string): boolean {
  try {
    const { protocol, search, hash } = new URL(url)
    return /^https?:$/.test(protocol) && search === '' && hash === ''
  } catch {
    return false
  }
}

function requireLimits(timeoutMs: number, retries: number): void {
  if (!(timeoutMs >= 1 && timeoutMs <= maxTimeoutMs))
    throw new TypeError(`timeoutMs is ${timeoutMs}; it must be a number from 1 to ${maxTimeoutMs}`)
  if (!(Number.isInteger(retries) && retries >= 0))
    throw new TypeError(`retries is ${retries}; it must be a whole number from 0 on`)
}

/** Later ones win, however they are written. */
function joinHeaders(...several: readonly CallOptions['headers'][]): Record<string, string> {
  const entries = several.flatMap((headers) => Object.entries(headers ?? {}))
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value]))
}
