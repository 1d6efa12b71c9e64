import type { HeaderBlock } from '../request/header-block.ts'
import { findHeader, joinHeaders, splitHeaders } from '../request/header-block.ts'
import type { Answer } from './answer.ts'

/** Which pages of other origins may use a port, as the configuration has it. */
export type CorsOptions = {
  /** As browsers send them, or `*` alone for all. */
  readonly origins: readonly string[]
  /** The headers that a page may send, besides those that it always may. */
  readonly headers: readonly string[]
  /** How long a browser may remember the answer to its preflight. */
  readonly maxAgeSeconds: number
}

/** What routes can take at all; what a path takes, its 405 says. */
const methods = 'GET, HEAD, POST'

/** What a page may read of an answer, besides what it always may. */
const exposed = 'x-model-version, x-request-id, retry-after'

/**
 * The Fetch standard's protocol for pages of other origins. Nothing is refused here: it is the browser that does, if an answer does
 * not allow its page. Credentials are never allowed, so a page can do no more than anybody who reaches the port.
 */
export class Cors {
  /** The lines for the head of an answer, for all origins or by origin. */
  readonly #forAll: string | undefined
  readonly #byOrigin: ReadonlyMap<string, string>
  readonly #preflight: Answer

  constructor({ origins, headers, maxAgeSeconds }: CorsOptions) {
    this.#forAll = origins.includes('*') ? allowing('*') : undefined
    this.#byOrigin = new Map(origins.map((origin) => [origin, varyLine + allowing(origin)]))
    const allowed = headers.length === 0 ? [] : ['access-control-allow-headers', headers.join(', ')]
    this.#preflight = {
      status: 204,
      headers: joinHeaders([
        ...['access-control-allow-methods', methods],
        ...allowed,
        ...['access-control-max-age', String(maxAgeSeconds)],
      ]),
      body: '',
    }
  }

  /** The lines that the head of each answer gets, for the origin in the request's headers if they are known. */
  linesFor(headers: HeaderBlock | undefined): string {
    if (this.#forAll !== undefined) return this.#forAll
    const origin = headers === undefined ? undefined : findHeader(headers, 'origin')
    return (origin === undefined ? undefined : this.#byOrigin.get(origin)) ?? varyLine
  }

  /** The answer to a browser that asks what a page may send; undefined for any other request. */
  answerPreflight({
    method,
    headers,
  }: {
    readonly method: string
    readonly headers: HeaderBlock
  }): Answer | undefined {
    if (method !== 'OPTIONS') return undefined
    const isPreflight =
      findHeader(headers, 'origin') !== undefined &&
      findHeader(headers, 'access-control-request-method') !== undefined
    if (!isPreflight) return undefined
    return this.#forAll !== undefined || this.#byOrigin.has(findHeader(headers, 'origin') ?? '')
      ? this.#preflight
      : notAllowed
  }
}

const varyLine = 'vary: Origin\r\n'
const notAllowed: Answer = { status: 204, headers: '', body: '' }

function allowing(origin: string): string {
  return `access-control-allow-origin: ${origin}\r\naccess-control-expose-headers: ${exposed}\r\n`
}

/** An answer of the service without headers of its own for this: with two of them a browser allows nothing. */
export function withoutOwnCors(answer: Answer): Answer {
  const { status, headers, body } = answer
  if (!headers.includes('access-control-')) return answer
  const list = splitHeaders(headers)
  const kept = list.filter((_, i) => !(list[i - (i % 2)] ?? '').startsWith('access-control-'))
  return { status, headers: joinHeaders(kept), body }
}
