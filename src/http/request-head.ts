import { ChangeoverError } from '../contracts/index.ts'
import { badRequest } from './bad-request.ts'
import type { HeaderBlock } from './header-block.ts'

/** What a request says before its body. */
export type RequestHead = {
  readonly method: string
  /** Path and query, or `*`. */
  readonly url: string
  /** Names in lower case, without the headers that belong to the connection (RFC 9110, 7.6.1). */
  readonly headers: HeaderBlock
  readonly bodyLength: number | 'chunked'
  /** Whether it is HTTP/1.0. */
  readonly isOldVersion: boolean
  readonly keepAlive: boolean
  /** Whether the client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean
}

/** Longer methods than any that is known; the link has one byte for the length. */
const maxMethodLength = 32

const requestLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e\x80-\xff]+) HTTP\/(\d)\.(\d)$/
const fieldLine = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/
const absoluteTarget = /^https?:\/\/[^/?#]+(.*)$/i
const hostValue = /^[A-Za-z0-9\-._~!$&'()*+,;=%:[\]]*$/

/** Reads the heads of requests, line by line (RFC 9112). What is not exactly right throws an error with the status for it. */
export class HeadReader {
  #method = ''
  #url = ''
  #isOldVersion = false
  #headers = ''
  #hasHost = false
  #contentLength: string | undefined
  #transferEncoding: string | undefined
  #connection: string | undefined
  #expectsContinue = false

  /** Whether the request line is still to come. */
  get isAtStart(): boolean {
    return this.#method === ''
  }

  /** Takes a line without its end, as latin1; returns the head at the empty line that ends it. */
  line(line: string): RequestHead | undefined {
    if (line !== '') {
      if (this.isAtStart) this.#readRequestLine(line)
      else this.#readField(line)
      return undefined
    }
    if (this.isAtStart) return undefined
    const head = this.#finish()
    this.#reset()
    return head
  }

  #readRequestLine(line: string): void {
    const match = requestLine.exec(line)
    if (match === null) throw badRequest('the request line is not “METHOD /path HTTP/1.1”')
    const method = match[1] ?? ''
    if (match[3] !== '1')
      throw new ChangeoverError(
        'http_version_unsupported',
        `HTTP/${match[3] ?? ''} is not spoken here; use HTTP/1.1`,
      )
    if (method.length > maxMethodLength)
      throw new ChangeoverError(
        'not_implemented',
        `no method has over ${maxMethodLength} letters; use GET or POST`,
      )
    this.#method = method
    this.#url = toUrl(method, match[2] ?? '')
    this.#isOldVersion = match[4] === '0'
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
          throw new ChangeoverError('expectation_failed', 'the only expectation met here is 100-continue')
        this.#expectsContinue = true
        return
      case 'keep-alive':
      case 'proxy-connection':
      case 'te':
      case 'trailer':
      case 'upgrade':
        return
    }
    this.#headers += this.#headers === '' ? `${name}\n${value}` : `\n${name}\n${value}`
  }

  #finish(): RequestHead {
    if (!this.#hasHost && !this.#isOldVersion) throw badRequest('the Host header is missing')
    return {
      method: this.#method,
      url: this.#url,
      headers: this.#headers,
      bodyLength: this.#bodyLength(),
      isOldVersion: this.#isOldVersion,
      keepAlive: this.#keepAlive(),
      expectsContinue: this.#expectsContinue && !this.#isOldVersion,
    }
  }

  #reset(): void {
    this.#method = ''
    this.#headers = ''
    this.#hasHost = false
    this.#contentLength = undefined
    this.#transferEncoding = undefined
    this.#connection = undefined
    this.#expectsContinue = false
  }

  /** RFC 9112, 6: whoever sends two lengths means two different ends of the request. */
  #bodyLength(): RequestHead['bodyLength'] {
    const [encoding, length] = [this.#transferEncoding, this.#contentLength]
    if (encoding === undefined) return parseLength(length)
    if (length !== undefined) throw badRequest('there are both Content-Length and Transfer-Encoding')
    if (this.#isOldVersion) throw badRequest('HTTP/1.0 has no Transfer-Encoding')
    if (encoding === 'chunked') return 'chunked'
    const codings = encoding.split(/[ \t]*,[ \t]*/)
    if (codings.indexOf('chunked') !== codings.length - 1)
      throw badRequest('chunked is not the last Transfer-Encoding, or not the only one of its kind')
    throw new ChangeoverError('not_implemented', 'the only Transfer-Encoding known here is chunked')
  }

  #keepAlive(): boolean {
    if (this.#connection === undefined) return !this.#isOldVersion
    const options = this.#connection.split(/[ \t]*,[ \t]*/)
    return !options.includes('close') && (!this.#isOldVersion || options.includes('keep-alive'))
  }
}

/** The name of a line `name: value`, in lower case. Throws `bad_request` where the line is none. */
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

/** Servers too must take the absolute form that proxies are sent (RFC 9112, 3.2.2). */
function toUrl(method: string, target: string): string {
  if (target.startsWith('/') || (target === '*' && method === 'OPTIONS')) return target
  const path = absoluteTarget.exec(target)?.[1]
  if (path === undefined) throw badRequest('the request line names no path')
  return path.startsWith('/') ? path : `/${path}`
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
