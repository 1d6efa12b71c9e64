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
  readonly body: { readonly isChunked: true } | { readonly isChunked: false; readonly lengthBytes: number }
  /** Whether it is HTTP/1.0. */
  readonly isOldVersion: boolean
  readonly keepAlive: boolean
  /** Whether the client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean
}

/** Longer methods than any that is known; the link has one byte for the length. */
const maxMethodLength = 32

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const requestLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e\x80-\xff]+) HTTP\/(\d)\.(\d)$/
const absoluteTarget = /^https?:\/\/[^/?#]+(.*)$/i
const hostValue = /^[A-Za-z0-9\-._~!$&'()*+,;=%:[\]]*$/
const notInValues = /[^\t\x20-\x7e\x80-\xff]/

/** Reads the head of one request, line by line (RFC 9112). What is not exactly right throws an error with the status for it. */
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
    return this.isAtStart ? undefined : this.#finish()
  }

  #readRequestLine(line: string): void {
    const [, method = '', target = '', major, minor] = requestLine.exec(line) ?? []
    if (method === '') throw badRequest('the request line is not “METHOD /path HTTP/1.1”')
    if (major !== '1')
      throw new ChangeoverError(
        'http_version_unsupported',
        `HTTP/1.1 is spoken here, not HTTP/${major ?? ''}`,
      )
    if (method.length > maxMethodLength)
      throw new ChangeoverError('not_implemented', `no method has over ${maxMethodLength} letters`)
    this.#method = method
    this.#url = toUrl(method, target)
    this.#isOldVersion = minor === '0'
  }

  #readField(line: string): void {
    const [name, value] = parseField(line)
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
      body: this.#bodyFraming(),
      isOldVersion: this.#isOldVersion,
      keepAlive: this.#keepAlive(),
      expectsContinue: this.#expectsContinue && !this.#isOldVersion,
    }
  }

  /** RFC 9112, 6: whoever sends two lengths means two different ends of the request. */
  #bodyFraming(): RequestHead['body'] {
    const [encoding, length] = [this.#transferEncoding, this.#contentLength]
    if (encoding === undefined) return { isChunked: false, lengthBytes: parseLength(length) }
    if (length !== undefined) throw badRequest('there are both Content-Length and Transfer-Encoding')
    if (this.#isOldVersion) throw badRequest('HTTP/1.0 has no Transfer-Encoding')
    if (encoding === 'chunked') return { isChunked: true }
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

/** Reads `name: value`; the name in lower case. Throws `bad_request`. */
export function parseField(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(':')
  const name = line.slice(0, Math.max(colon, 0))
  if (!token.test(name))
    throw badRequest('a header is not “name: value”: mind folded lines, and white space before the colon')
  if (notInValues.test(line)) throw badRequest('a header has a control character in its value')
  return [name.toLowerCase(), trimBlanks(line, colon + 1)]
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
