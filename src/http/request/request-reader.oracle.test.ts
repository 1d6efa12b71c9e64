import { createServer, METHODS } from 'node:http'
import { Duplex } from 'node:stream'

import fc from 'fast-check'
import { expect, test } from 'vitest'

import { RequestReader } from './request-reader.ts'

type Seen = { readonly method: string; readonly url: string; readonly content: string }

/** The requests that node:http sees in the same bytes, until it refuses or they end. */
function askNode(text: string): Promise<readonly Seen[]> {
  return new Promise((resolve) => {
    const seen: Seen[] = []
    const server = createServer((request, response) => {
      let content = ''
      request.setEncoding('latin1').on('data', (part: string) => (content += part))
      request.on('end', () => {
        seen.push({ method: request.method ?? '', url: request.url ?? '', content })
        response.end()
      })
    })
    server.on('clientError', (_error, socket) => setImmediate(() => socket.destroy()))
    const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() })
    socket.on('close', () => resolve(seen))
    server.emit('connection', socket)
    socket.push(Buffer.from(text, 'latin1'))
    socket.push(null)
  })
}

/** The same for ours, up to a method that node:http does not know: it refuses those, where we leave them to the routes. */
function askOurs(text: string): readonly Seen[] {
  const reader = new RequestReader({ headLimitBytes: 4_096, maxHeaders: 100, bodyLimitBytes: 4_096 })
  const seen: Seen[] = []
  reader.push(Buffer.from(text, 'latin1'))
  try {
    for (let request = reader.next(); request !== undefined; request = reader.next()) {
      const { method, url, keepAlive } = request.head
      if (!METHODS.includes(method)) break
      seen.push({ method, url, content: request.body.toString('latin1') })
      if (!keepAlive) break
    }
  } catch {
    // What came before the fault counts.
  }
  return seen
}

const piece = fc.constantFrom(
  'GET / HTTP/1.1\r\n',
  'POST /a HTTP/1.1\r\n',
  'POST /b HTTP/1.0\r\n',
  'Host: x\r\n',
  'Host: y\r\n',
  'Content-Length: 3\r\n',
  'Content-Length: 0\r\n',
  'Content-Length: 5\r\n',
  'content-length : 3\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: gzip, chunked\r\n',
  'Transfer-Encoding: chunked, gzip\r\n',
  'Transfer-Encoding:\tchunked \r\n',
  'Transfer-Encoding: xchunked\r\n',
  'X: y\r\n',
  ' folded\r\n',
  'Connection: close\r\n',
  'Connection: keep-alive\r\n',
  '\r\n',
  '\r\n',
  '\r\n',
  '\n',
  '\r',
  '3\r\nabc\r\n',
  '0\r\n\r\n',
  '3;x\r\nabc\r\n',
  'abc',
  '0\r\n',
  ' ',
  '\0',
  '3\nabc\r\n',
  'Expect: 100-continue\r\n',
)
const start = fc.constantFrom(
  'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc',
  'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',

  'GET / HTTP/1.1\r\nHost: x\r\n',
  'POST / HTTP/1.1\r\nHost: x\r\n',
  'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n',
  'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n',
)
const stream = fc
  .array(fc.tuple(start, fc.array(piece, { maxLength: 6 })), { minLength: 1, maxLength: 3 })
  .map((all) => all.map(([first, rest]) => first + rest.join('')).join(''))

test('whatever is taken as a request, node:http takes as the same', async () => {
  let taken = 0
  await fc.assert(
    fc.asyncProperty(stream, async (text) => {
      const ours = askOurs(text)
      taken += ours.length
      const theirs = await askNode(text)
      expect(theirs.slice(0, ours.length)).toEqual(ours)
    }),
    { numRuns: 5_000 },
  )
  expect(taken).toBeGreaterThan(1_000)
}, 60_000)
