import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { ChangeoverError } from '../../contracts/index.ts'
import { RequestReader } from './request-reader.ts'

const limits = { headLimitBytes: 512, maxHeaders: 40, bodyLimitBytes: 1_000 }

type Outcome = { readonly requests: readonly object[]; readonly fault: string | undefined }

/** All requests that chunks contain, and the code of the error that ends them, if one does. */
function read(chunks: readonly Buffer[]): Outcome {
  const reader = new RequestReader(limits)
  const requests: object[] = []
  try {
    for (const chunk of chunks) {
      reader.push(chunk)
      for (let request = reader.next(); request !== undefined; request = reader.next()) {
        requests.push({ ...request.head, body: request.body.toString('latin1') })
      }
    }
    return { requests, fault: undefined }
  } catch (error) {
    if (error instanceof ChangeoverError) return { requests, fault: error.code }
    throw error
  }
}

const readText = (text: string): Outcome => read([Buffer.from(text, 'latin1')])
const head = (...lines: readonly string[]): string => [...lines, '', ''].join('\r\n')

test.each(['Connection', 'Transfer-Encoding'])(
  '%s is read in linear time, whatever white space it has',
  (name) => {
    const timeFor = (spaces: number): number => {
      const reader = new RequestReader({ ...limits, headLimitBytes: 1 << 21 })
      const begunMs = performance.now()
      try {
        reader.push(Buffer.from(head('GET / HTTP/1.1', 'Host: x', `${name}: a${' '.repeat(spaces)}b`)))
        reader.next()
      } catch (error) {
        if (!(error instanceof ChangeoverError)) throw error
      }
      return performance.now() - begunMs
    }
    timeFor(1_000)
    // A million: quadratic, it would take minutes.
    expect(timeFor(1_000_000)).toBeLessThan(1_000)
  },
)

describe('takes', () => {
  test('a request with a body, its names in lower case, without what belongs to the connection', () => {
    const text = head(
      'POST /v1/a?b=%20 HTTP/1.1',
      'Host: example:80',
      'X-Note: \t a  b\t',
      'Connection: Keep-Alive',
      'TE: trailers',
      'Content-Length: 3',
    )
    expect(readText(`${text}abc`)).toEqual({
      requests: [
        {
          method: 'POST',
          url: '/v1/a?b=%20',
          headers: 'host\nexample:80\nx-note\na  b\ncontent-length\n3',
          bodyLength: 3,
          isOldVersion: false,
          keepAlive: true,
          expectsContinue: false,
          body: 'abc',
        },
      ],
      fault: undefined,
    })
  })

  test('what Connection names is dropped, and what is the connection’s without being named', () => {
    const text = head(
      'GET / HTTP/1.1',
      'Host: x',
      'Connection: Upgrade,HTTP2-Settings , X-One, Host, Content-Length',
      'X-One: 1',
      'Connection: x-two',
      'X-Two: 2',
      'X-Three: 3',
      'X-One: 4',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABkAAQAAP__',
      'Proxy-Authorization: Basic eDp5',
      'Proxy-Connection: keep-alive',
      'Keep-Alive: timeout=5',
      'Trailer: X-Sum',
      'Content-Length: 0',
    )
    expect(readText(text)).toMatchObject({
      requests: [{ headers: 'host\nx\nx-three\n3\ncontent-length\n0', keepAlive: true }],
    })
    const unnamed = head('GET / HTTP/1.1', 'Host: x', 'HTTP2-Settings: AAMA', 'TE: trailers', 'X: 1')
    expect(readText(unnamed)).toMatchObject({ requests: [{ headers: 'host\nx\nx\n1' }] })
  })

  test('as many headers as are allowed, and no more', () => {
    const many = (count: number): string =>
      head('GET / HTTP/1.1', 'Host: x', ...Array<string>(count).fill('X: y'))
    expect(readText(many(39))).toMatchObject({ requests: [{}], fault: undefined })
    expect(readText(many(40)).fault).toBe('headers_too_large')
    expect(readText(many(40).slice(0, -2)).fault).toBe('headers_too_large')
  })

  test('a chunked body, its extensions and trailers dropped', () => {
    const text =
      head('POST / HTTP/1.1', 'Host: x', 'Transfer-Encoding: Chunked') +
      '3;a="b"\r\nabc\r\n0A ;c\r\n0123456789\r\n000\r\nX-Sum: 1\r\n\r\n'
    expect(readText(text)).toMatchObject({ requests: [{ headers: 'host\nx', body: 'abc0123456789' }] })
  })

  test('requests one behind the other, with blank lines before them', () => {
    const text = `\r\n${head('GET /1 HTTP/1.1', 'Host: x')}\r\n\r\n${head('GET /2 HTTP/1.1', 'Host: x')}`
    expect(readText(text).requests).toMatchObject([{ url: '/1' }, { url: '/2' }])
  })

  test.each([
    ['HTTP/1.1', [], true],
    ['HTTP/1.1', ['Connection: close'], false],
    ['HTTP/1.1', ['Connection: x, Close'], false],
    ['HTTP/1.1', ['Connection: x', 'Connection: close'], false],
    ['HTTP/1.0', [], false],
    ['HTTP/1.0', ['Connection: keep-alive'], true],
    ['HTTP/1.0', ['Connection: keep-alive, close'], false],
    ['HTTP/1.9', [], true],
  ])('%s %j: stays open: %s', (version, headers, keepAlive) => {
    const { requests } = readText(head(`GET / ${version}`, 'Host: x', ...headers))
    expect(requests).toMatchObject([{ keepAlive }])
  })

  test.each([
    ['GET http://example.org HTTP/1.1', '/'],
    ['GET http://example.org?a HTTP/1.1', '/?a'],
    ['GET HTTPS://example.org:8/a/b?c HTTP/1.1', '/a/b?c'],
    ['OPTIONS * HTTP/1.1', '*'],
    ['GET /\xe4\xbd\xa0 HTTP/1.1', '/\xe4\xbd\xa0'],
  ])('%s', (line, url) => {
    expect(readText(head(line, 'Host: x')).requests).toMatchObject([{ url }])
  })

  test('the expectation of 100-continue, which it reports once', () => {
    const reader = new RequestReader(limits)
    reader.push(Buffer.from(head('POST / HTTP/1.1', 'Host: x', 'Content-Length: 2', 'Expect: 100-Continue')))
    expect([reader.next(), reader.takeContinue(), reader.takeContinue()]).toEqual([undefined, true, false])
    reader.push(Buffer.from('ab'))
    expect(reader.next()).toMatchObject({ head: { expectsContinue: true } })
  })

  test('heads and bodies of exactly the limit', () => {
    const start = head('POST / HTTP/1.1', 'Host: x', 'Content-Length: 1000', 'X: ')
    const text = start.replace('X: ', `X: ${'x'.repeat(limits.headLimitBytes - start.length)}`)
    expect(readText(text + 'b'.repeat(1_000))).toMatchObject({ requests: [{}], fault: undefined })
    expect(readText(text.replace('X: ', 'X: x')).fault).toBe('headers_too_large')
  })
})

const post = (...headers: readonly string[]): string => head('POST / HTTP/1.1', 'Host: x', ...headers)
const chunked = post('Transfer-Encoding: chunked')

describe('refuses', () => {
  test.each([
    // Two ends of one request: what smuggling is made of.
    ['two lengths that differ', `${post('Content-Length: 1', 'Content-Length: 2')}ab`, 'bad_request'],
    ['two lengths that agree', `${post('Content-Length: 1', 'Content-Length: 1')}a`, 'bad_request'],
    ['a list of lengths', `${post('Content-Length: 1, 1')}a`, 'bad_request'],
    [
      'length and chunked',
      `${post('Content-Length: 3', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
      'bad_request',
    ],
    [
      'chunked and length',
      `${post('Transfer-Encoding: chunked', 'Content-Length: 3')}0\r\n\r\n`,
      'bad_request',
    ],
    ['chunked not last', post('Transfer-Encoding: chunked, gzip'), 'bad_request'],
    [
      'chunked not last, in two headers',
      post('Transfer-Encoding: chunked', 'Transfer-Encoding: x'),
      'bad_request',
    ],
    ['chunked twice', post('Transfer-Encoding: chunked, chunked'), 'bad_request'],
    ['a coding that is not chunked', post('Transfer-Encoding: identity'), 'bad_request'],
    ['an empty coding', post('Transfer-Encoding:'), 'bad_request'],
    ['an unknown coding before chunked', post('Transfer-Encoding: gzip, chunked'), 'not_implemented'],
    ['a coding with a vertical tab', post('Transfer-Encoding: \x0bchunked'), 'bad_request'],
    ['chunked in HTTP/1.0', head('POST / HTTP/1.0', 'Transfer-Encoding: chunked'), 'bad_request'],
    ['a length with a sign', post('Content-Length: +1'), 'bad_request'],
    ['a negative length', post('Content-Length: -1'), 'bad_request'],
    ['a hexadecimal length', post('Content-Length: 0x1'), 'bad_request'],
    ['an empty length', post('Content-Length:'), 'bad_request'],
    ['white space before the colon', post('Content-Length : 1'), 'bad_request'],
    ['a folded line', post('X: a', ' b'), 'bad_request'],
    ['a folded line first', head('POST / HTTP/1.1', ' Host: x'), 'bad_request'],
    // Lines that others would cut elsewhere.
    ['a bare LF after the request line', 'GET / HTTP/1.1\nHost: x\r\n\r\n', 'bad_request'],
    ['a bare LF after a header', 'GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n', 'bad_request'],
    ['a bare LF at the end', 'GET / HTTP/1.1\r\nHost: x\r\n\n', 'bad_request'],
    ['a bare CR in a value', post('X: a\rB: c'), 'bad_request'],
    ['a CR before CRLF', 'GET / HTTP/1.1\r\nHost: x\r\r\n\r\n', 'bad_request'],
    ['NUL in a value', post('X: a\0b'), 'bad_request'],
    ['an empty name', post(': a'), 'bad_request'],
    ['a name with a slash', post('a/b: c'), 'bad_request'],
    ['a header without a colon', post('nothing'), 'bad_request'],
    // The request line.
    ['two spaces', head('GET  / HTTP/1.1', 'Host: x'), 'bad_request'],
    ['white space at its end', head('GET / HTTP/1.1 ', 'Host: x'), 'bad_request'],
    ['a tab', head('GET\t/ HTTP/1.1', 'Host: x'), 'bad_request'],
    ['no version', head('GET /', 'Host: x'), 'bad_request'],
    ['a space in the path', head('GET /a b HTTP/1.1', 'Host: x'), 'bad_request'],
    ['a relative path', head('GET a HTTP/1.1', 'Host: x'), 'bad_request'],
    ['an authority', head('CONNECT a:1 HTTP/1.1', 'Host: x'), 'bad_request'],
    ['the asterisk for GET', head('GET * HTTP/1.1', 'Host: x'), 'bad_request'],
    ['a method of 33 letters', head(`${'G'.repeat(33)} / HTTP/1.1`, 'Host: x'), 'not_implemented'],
    ['HTTP/2', head('PRI * HTTP/2.0', ''), 'http_version_unsupported'],
    ['HTTP/0.9 with a version', head('GET / HTTP/0.9', 'Host: x'), 'http_version_unsupported'],
    ['a lower-case version', head('GET / http/1.1', 'Host: x'), 'bad_request'],
    // Host.
    ['no Host', head('GET / HTTP/1.1'), 'bad_request'],
    ['two Hosts', head('GET / HTTP/1.1', 'Host: x', 'Host: x'), 'bad_request'],
    ['a Host with a path', head('GET / HTTP/1.1', 'Host: x/y'), 'bad_request'],
    ['two Hosts in one', head('GET / HTTP/1.1', 'Host: x y'), 'bad_request'],
    // Sizes.
    ['a long path', head(`GET /${'a'.repeat(600)} HTTP/1.1`, 'Host: x'), 'url_too_long'],
    ['a path without end', `GET /${'a'.repeat(600)}`, 'url_too_long'],
    ['blank lines without end', '\r\n'.repeat(300), 'url_too_long'],
    ['a long header', post(`X: ${'a'.repeat(600)}`), 'headers_too_large'],
    ['many headers', post(...Array<string>(200).fill('X: y')), 'headers_too_large'],
    ['a long body', post('Content-Length: 1001'), 'body_too_large'],
    ['a length that no number holds', post(`Content-Length: ${'9'.repeat(400)}`), 'body_too_large'],
    ['an expectation of something else', post('Expect: 200-ok'), 'expectation_failed'],
    // Chunks.
    ['a chunk of no size', `${chunked}\r\n\r\n`, 'bad_request'],
    ['a chunk with 0x', `${chunked}0x1\r\na\r\n`, 'bad_request'],
    ['a negative chunk', `${chunked}-1\r\n`, 'bad_request'],
    ['white space after a size', `${chunked}1 \r\na\r\n`, 'bad_request'],
    ['a bare LF after a size', `${chunked}1\na\r\n`, 'bad_request'],
    ['a bare CR in an extension', `${chunked}1;a\rb\r\na\r\n`, 'bad_request'],
    ['a chunk longer than its size', `${chunked}1\r\nab\r\n`, 'bad_request'],
    ['a chunk ended by LF', `${chunked}1\r\na\n0\r\n\r\n`, 'bad_request'],
    ['a chunk over the limit', `${chunked}3e9\r\n`, 'body_too_large'],
    ['a chunk of 16 digits', `${chunked}ffffffffffffffff\r\n`, 'body_too_large'],
    ['a chunk of 17 digits', `${chunked}00000000000000001\r\na\r\n`, 'bad_request'],
    [
      'chunks over the limit together',
      `${chunked}${`64\r\n${'a'.repeat(100)}\r\n`.repeat(11)}`,
      'body_too_large',
    ],
    ['a long extension', `${chunked}1;${'a'.repeat(600)}\r\n`, 'headers_too_large'],
    ['many extensions', `${chunked}${`1;${'a'.repeat(100)}\r\na\r\n`.repeat(6)}`, 'headers_too_large'],
    ['long trailers', `${chunked}0\r\n${'X: y\r\n'.repeat(200)}`, 'headers_too_large'],
    ['a length in the trailers', `${chunked}0\r\nContent-Length: 1\r\n\r\n`, 'bad_request'],
    ['a trailer that is none', `${chunked}0\r\nX y\r\n\r\n`, 'bad_request'],
  ])('%s', (_what, text, fault) => {
    expect(readText(text)).toEqual({ requests: [], fault })
  })

  test('what follows a fault, whatever it is', () => {
    const good = head('GET / HTTP/1.1', 'Host: x')
    expect(readText(`${good}GET / HTTP/1.1\n${good}`)).toMatchObject({ requests: [{}], fault: 'bad_request' })
  })
})

describe('however the bytes arrive', () => {
  const word = fc.string({
    unit: fc.constantFrom('a', 'b', 'X', 'Y', '-', '0', '1'),
    minLength: 1,
    maxLength: 12,
  })
  const body = fc.string({
    unit: fc.constantFrom('a', 'b', '\r', '\n', ':', '0', ';', '\xff', '\0'),
    maxLength: 40,
  })
  const toChunks = (pieces: readonly string[]): string =>
    [...pieces.filter((piece) => piece !== ''), '']
      .map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`)
      .join('')
  const headers = fc.array(fc.tuple(word, word), { maxLength: 4 })
  const framing = fc.oneof(
    fc.constant(['', '']),
    body.map((text) => [`Content-Length: ${text.length}\r\n`, text]),
    fc.array(body, { maxLength: 4 }).map((pieces) => ['Transfer-Encoding: chunked\r\n', toChunks(pieces)]),
  )
  const request = fc
    .tuple(fc.constantFrom('GET', 'POST'), word, headers, framing)
    .map(([method, path, list, [line = '', text = '']]) => {
      const lines = list.map(([name, value]) => `X${name}: ${value}\r\n`).join('')
      return `${method} /${path} HTTP/1.1\r\nHost: x\r\n${lines}${line}\r\n${text}`
    })
  const stream = fc.array(request, { minLength: 1, maxLength: 4 }).map((all) => all.join(''))
  const edit = fc.tuple(
    fc.nat(600),
    fc.constantFrom('\r', '\n', ' ', ':', '0', 'f', '\0', 'z', ''),
    fc.nat(2),
  )
  const broken = fc
    .tuple(stream, fc.array(edit, { maxLength: 3 }))
    .map(([text, edits]) =>
      edits.reduce((now, [at, put, drop]) => now.slice(0, at) + put + now.slice(at + drop), text),
    )
  const cuts = fc.array(fc.nat(600), { maxLength: 12 })

  function split(text: string, at: readonly number[]): Buffer[] {
    const places = [0, ...[...at].sort((a, b) => a - b), text.length]
    return places.map((place, i) => Buffer.from(text.slice(place, places[i + 1] ?? text.length), 'latin1'))
  }

  test('requests are read whole', () => {
    fc.assert(
      fc.property(stream, (text) => {
        expect(readText(text)).toMatchObject({ fault: undefined })
      }),
    )
  })

  test('the result is the same', () => {
    fc.assert(
      fc.property(broken, cuts, (text, at) => {
        expect(read(split(text, at))).toEqual(readText(text))
      }),
      { numRuns: 2_000 },
    )
  })

  test('the result is the same byte by byte', () => {
    fc.assert(
      fc.property(broken, (text) => {
        expect(
          read(
            split(
              text,
              Array.from({ length: text.length }, (_, i) => i),
            ),
          ),
        ).toEqual(readText(text))
      }),
      { numRuns: 500 },
    )
  })
})

describe('holds no more than has come', () => {
  /** Bytes in memory of their own, as a socket gives them. */
  const piece = (text: string): Buffer => {
    const own = Buffer.allocUnsafeSlow(text.length)
    own.write(text, 'latin1')
    return own
  }

  test('of a head in single bytes, and nothing once it is answered', () => {
    const reader = new RequestReader({ ...limits, headLimitBytes: 20_000 })
    const text = head('GET /a HTTP/1.1', 'Host: x', `X: ${'x'.repeat(10_000)}`)
    for (const byte of text.slice(0, -1)) {
      reader.push(piece(byte))
      expect(reader.next()).toBe(undefined)
    }
    expect(reader.heldBytes).toBeGreaterThan(10_000)
    expect(reader.heldBytes).toBeLessThan(20_100)
    reader.push(piece('\n'))
    expect(reader.next()).toMatchObject({ head: { url: '/a' }, body: { length: 0 } })
    expect([reader.next(), reader.heldBytes, reader.part]).toEqual([undefined, 0, 'nothing'])
  })

  test('of the beginning of a request behind others, and of a small body in a large piece', () => {
    const reader = new RequestReader({ ...limits, headLimitBytes: 20_000 })
    const large = head('GET / HTTP/1.1', 'Host: x', `X: ${'x'.repeat(10_000)}`)
    reader.push(piece(large + head('POST / HTTP/1.1', 'Host: x', 'Content-Length: 3') + 'abc' + 'GET'))
    reader.next()
    expect(reader.next()?.body.buffer.byteLength).toBe(3)
    expect([reader.next(), reader.heldBytes]).toEqual([undefined, 3])
  })
})
