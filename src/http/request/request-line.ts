import { ChangeoverError } from '../../contracts/index.ts'
import { badRequest } from './bad-request.ts'

/** The first line of a request. */
export type RequestLine = {
  readonly method: string
  /** Path and query, or `*`. */
  readonly url: string
  /** Whether it is HTTP/1.0. */
  readonly isOldVersion: boolean
}

/** Longer than any registered method; the link has one byte for the length. */
const maxMethodLength = 32

const requestLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e\x80-\xff]+) HTTP\/(\d)\.(\d)$/
const absoluteTarget = /^https?:\/\/[^/?#]+(.*)$/i

/** Reads a request line without its end. Throws `bad_request`, `http_version_unsupported`, `not_implemented`. */
export function parseRequestLine(line: string): RequestLine {
  const match = requestLine.exec(line)
  if (match === null) throw badRequest('the request line is not “METHOD /path HTTP/1.1”')
  const method = match[1] ?? ''
  if (match[3] !== '1')
    throw new ChangeoverError(
      'http_version_unsupported',
      `HTTP/${match[3] ?? ''} is not supported; use HTTP/1.1`,
    )
  if (method.length > maxMethodLength)
    throw new ChangeoverError(
      'not_implemented',
      `no method has over ${maxMethodLength} letters; use GET or POST`,
    )
  return { method, url: toUrl(method, match[2] ?? ''), isOldVersion: match[4] === '0' }
}

/** Servers too must take the absolute form that proxies are sent (RFC 9112, 3.2.2). */
function toUrl(method: string, target: string): string {
  if (target.startsWith('/') || (target === '*' && method === 'OPTIONS')) return target
  const path = absoluteTarget.exec(target)?.[1]
  if (path === undefined) throw badRequest('the request line names no path')
  return path.startsWith('/') ? path : `/${path}`
}
