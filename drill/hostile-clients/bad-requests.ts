/** Requests that no server may read in two ways; each tries to bring in `GET /` as a second one. */
const smuggled = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'

const post = (headers: string, body: string): string =>
  `POST / HTTP/1.1\r\nhost: a\r\n${headers}\r\n\r\n${body}`

const manyHeaders = 'x: y\r\n'.repeat(20_000)

/** Bytes that are to be refused: with one answer of 4xx, or by closing the connection. */
export const badRequests: Readonly<Record<string, string>> = {
  'two lengths': post(`content-length: 0\r\ncontent-length: ${smuggled.length}`, smuggled),
  'two lengths in one header': post(`content-length: 0, ${smuggled.length}`, smuggled),
  'a length and chunks': post('content-length: 5\r\ntransfer-encoding: chunked', `0\r\n\r\n${smuggled}`),
  'an encoding nobody knows': post('transfer-encoding: xchunked\r\ncontent-length: 0', smuggled),
  'chunks that are not last': post('transfer-encoding: chunked, identity', `0\r\n\r\n${smuggled}`),
  'a length with a sign': post('content-length: +0', smuggled),
  'a length in hexadecimal': post('content-length: 0x0', smuggled),
  'a space before the colon': post('content-length : 0', smuggled),
  'a folded header': post('transfer-encoding:\r\n chunked', `0\r\n\r\n${smuggled}`),
  'a chunk beyond all numbers': post('transfer-encoding: chunked', `fffffffffffffffff\r\n${smuggled}`),
  'a chunk without a size': post('transfer-encoding: chunked', `\r\n${smuggled}`),
  'a zero byte in a header': post('x-name: a\0b\r\ncontent-length: 0', ''),
  'too large a header': `GET / HTTP/1.1\r\nhost: a\r\nx-name: ${'x'.repeat(200_000)}\r\n\r\n`,
  'too many headers': `GET / HTTP/1.1\r\nhost: a\r\n${manyHeaders}\r\n`,
  'an endless request line': `GET /${'x'.repeat(200_000)} HTTP/1.1\r\nhost: a\r\n\r\n`,
  TLS: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
  nonsense: 'nonsense\r\n\r\n',
}
