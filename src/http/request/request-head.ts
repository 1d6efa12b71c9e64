import { ChangeoverError } from '../../contracts/index.ts'
import { badRequest } from './bad-request.ts'
import type { HeaderBlock } from './header-block.ts'
import { joinHeaders, splitHeaders } from './header-block.ts'
import type { RequestLine } from './request-line.ts'

/** What a request has before its body. */
export type RequestHead = RequestLine & {
  /** Names in lower case, without the headers that belong to the connection (RFC 9110, 7.6.1). */
  readonly headers: HeaderBlock
  readonly bodyLength: number | 'chunked'
  readonly keepAlive: boolean
  /** Whether the client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean
}

const fieldLine = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/
const hostValue = /^[A-Za-z0-9\-._~!$&'()*+,;=%:[\]]*$/

/** Of the connection, not of the request, whether `Connection` names them or not (RFC 9110, 7.6.1 and 11.7). */
const ofTheConnection = new Set([
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
])

/** Headers for who a request is for and where it ends are kept, even if `Connection` names them. */
const neverOfTheConnection = new Set(['host', 'content-length', 'close', 'keep-alive'])

/** Reads the headers of requests (RFC 9112). Anything malformed throws an error with the status for it. */
export class FieldReader {
  #isOldVersion = false
  #headers = ''
  #hasHost = false
  #contentLength: string | undefined
  #transferEncoding: string | undefined
  #connection: string | undefined
  #expectsContinue = false

  /** Takes the request line, and the header lines with their ends, as latin1. */
  read(requestLine: RequestLine, fields: string): RequestHead {
    this.#isOldVersion = requestLine.isOldVersion
    for (let start = 0, end = 0; start < fields.length; start = end + 2) {
      end = fields.indexOf('\r\n', start)
      this.#readField(fields.slice(start, end))
    }
    if (!this.#hasHost && !this.#isOldVersion) throw badRequest('the Host header is missing')
    const options = this.#connection === undefined ? [] : splitList(this.#connection)
    // Property by property: a spread for each request costs more than the whole parse.
    const { method, url, isOldVersion } = requestLine
    const head: RequestHead = {
      method,
      url,
      isOldVersion,
      headers: this.#withoutNamed(options),
      bodyLength: this.#bodyLength(),
      keepAlive: !options.includes('close') && (!this.#isOldVersion || options.includes('keep-alive')),
      expectsContinue: this.#expectsContinue && !this.#isOldVersion,
    }
    this.#reset()
    return head
  }

  #readField(line: string): void {
    const name = parseFieldName(line)
    const value = trimBlanks(line, name.length + 1)
    switch (name) {
      case 'host':
        if (this.#hasHost) throw badRequest('there are two Host headers')
        if (!hostValue.test(value)) throw badRequest('the Host header is not a host')
        this.#hasHost = true
        break
      case 'content-length':
        if (this.#contentLength !== undefined) throw badRequest('there are two Content-Length headers')
        this.#contentLength = value
        break
      case 'transfer-encoding':
        this.#transferEncoding = joinList(this.#transferEncoding, value)
        return
      case 'connection':
        this.#connection = joinList(this.#connection, value)
        return
      case 'expect':
        if (value.toLowerCase() !== '100-continue')
          throw new ChangeoverError('expectation_failed', 'the only expectation supported is 100-continue')
        this.#expectsContinue = true
        return
    }
    if (ofTheConnection.has(name)) return
    this.#headers += this.#headers === '' ? `${name}\n${value}` : `\n${name}\n${value}`
  }

  #reset(): void {
    this.#headers = ''
    this.#hasHost = false
    this.#contentLength = undefined
    this.#transferEncoding = undefined
    this.#connection = undefined
    this.#expectsContinue = false
  }

  /** What `Connection` names is for this end of the connection, and must not be passed on (RFC 9110, 7.6.1). */
  #withoutNamed(options: readonly string[]): HeaderBlock {
    if (options.every((name) => neverOfTheConnection.has(name))) return this.#headers
    const named = new Set(options.filter((name) => !neverOfTheConnection.has(name)))
    const list = splitHeaders(this.#headers)
    return joinHeaders(list.filter((_, i) => !named.has(list[i - (i % 2)] ?? '')))
  }

  /** RFC 9112, 6: two lengths can mean two different ends of the request. */
  #bodyLength(): RequestHead['bodyLength'] {
    const [encoding, length] = [this.#transferEncoding, this.#contentLength]
    if (encoding === undefined) return parseLength(length)
    if (length !== undefined) throw badRequest('there are both Content-Length and Transfer-Encoding')
    if (this.#isOldVersion) throw badRequest('HTTP/1.0 has no Transfer-Encoding')
    if (encoding === 'chunked') return 'chunked'
    const codings = splitList(encoding)
    if (codings.indexOf('chunked') !== codings.length - 1)
      throw badRequest('chunked is not the last Transfer-Encoding, or not the only one of its kind')
    throw new ChangeoverError('not_implemented', 'the only Transfer-Encoding supported is chunked')
  }
}

/** The members of a list (RFC 9110, 5.6.1), in time that is linear in its length, whatever white space a client puts into it. */
function splitList(value: string): string[] {
  return value.split(',').map(trimWhiteSpace)
}

/** Without the spaces and tabs at its ends, and nothing else: `trim` would take a byte 0xa0 too. */
function trimWhiteSpace(member: string): string {
  const isWhite = (at: number): boolean => member[at] === ' ' || member[at] === '\t'
  let [start, end] = [0, member.length]
  while (start < end && isWhite(start)) start++
  while (end > start && isWhite(end - 1)) end--
  return member.slice(start, end)
}

/** The name of a line `name: value`, in lower case. Throws `bad_request` if the line is not a header. */
export function parseFieldName(line: string): string {
  if (fieldLine.test(line)) return line.slice(0, line.indexOf(':')).toLowerCase()
  throw badRequest(
    'a header is not “name: value” (mind folded lines, white space before the colon, control characters)',
  )
}

function parseLength(value: string | undefined): number {
  if (value === undefined) return 0
  if (!/^\d+$/.test(value)) throw badRequest('the Content-Length is not a number')
  return Number(value)
}

function joinList(list: string | undefined, value: string): string {
  const lower = value.toLowerCase()
  return list === undefined ? lower : `${list}, ${lower}`
}

function trimBlanks(text: string, from: number): string {
  let start = from
  let end = text.length
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
