import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { Readable } from 'node:stream'

import { describe, expect, test } from 'vitest'

import type { Answer } from './answer/answer.ts'
import { Cors } from './answer/cors.ts'
import { CallerFinder } from './caller/caller-finder.ts'
import { Connection } from './connection.ts'
import type { ConnectionOptions } from './connection-options.ts'
import type { Answered, HttpRequest, OnRequest, Respond } from './http-request.ts'
import { RequestMemory } from './request-memory.ts'

/** As much of a socket as a connection uses; a write that is `held` is not taken until `drain`. */
class FakeSocket extends EventEmitter {
  readonly writes: string[] = []
  writableLength = 0
  writableEnded = false
  destroyed = false
  isPaused = false
  isHolding = false
  #corked = ''
  #isCorked = false

  get writableNeedDrain(): boolean {
    return this.writableLength > 0
  }

  get text(): string {
    return this.writes.join('')
  }

  write(bytes: string | Buffer): boolean {
    if (this.destroyed) return false
    const text = typeof bytes === 'string' ? bytes : bytes.toString('latin1')
    if (this.isHolding) this.writableLength += text.length
    if (this.#isCorked) this.#corked += text
    else this.writes.push(text)
    return !this.writableNeedDrain
  }

  cork(): void {
    this.#isCorked = true
  }

  uncork(): void {
    this.#isCorked = false
    this.writes.push(this.#corked)
    this.#corked = ''
  }

  drain(): void {
    this.isHolding = false
    this.writableLength = 0
    this.emit('drain')
  }

  end(): void {
    this.writableEnded = true
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  destroy(): void {
    this.destroyed = true
    this.emit('close')
  }
}

const limits = {
  headLimitBytes: 1_000,
  maxHeaders: 100,
  bodyLimitBytes: 1_000,
  headersTimeoutMs: 100,
  bodyTimeoutMs: 200,
  sendTimeoutMs: 300,
  keepAliveTimeoutMs: 400,
}

const ok = (body: string | Buffer): Answer => ({ status: 200, headers: 'x-a\n1', body })
const get = (path: string, ...headers: string[]): Buffer =>
  Buffer.from([`GET ${path} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n'))
const bodies = (socket: FakeSocket): string[] =>
  [...socket.text.matchAll(/\r\n\r\n([^]*?)(?=HTTP\/1\.1 |$)/g)].map(([, body = '']) => body)
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

/** Bytes in memory of their own, as a socket gives them. */
function piece(text: string): Buffer {
  const own = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
  own.write(text)
  return own
}

type Asked = { readonly request: HttpRequest; readonly respond: Respond }

type More = Partial<Pick<ConnectionOptions, 'cors' | 'onAnswered'>>

function open(
  onRequest: OnRequest,
  isClosing = (): boolean => false,
  memory = new RequestMemory(1_000_000),
  { cors, onAnswered }: More = {},
) {
  const socket = new FakeSocket()
  const callers = new CallerFinder({})
  const peer = callers.peerAt('::ffff:10.0.0.9', false)
  const options = { limits, memory, callers, cors, onRequest, onAnswered, isClosing }
  const connection = new Connection(socket as unknown as Socket, peer, options)
  return { socket, connection }
}

/** A connection whose requests wait to be answered by the test. */
function openWaiting(isClosing?: () => boolean) {
  const asked: Asked[] = []
  return { asked, ...open((request, respond) => void asked.push({ request, respond }), isClosing) }
}

test('head and body leave in one write, with date and length', () => {
  const { socket } = open((_request, respond) => respond(ok('你好')))
  socket.emit('data', get('/'))
  expect(socket.writes).toHaveLength(1)
  const bytes = Buffer.from(socket.text, 'latin1').toString()
  expect(bytes).toMatch(
    /^HTTP\/1\.1 200 OK\r\nx-a: 1\r\nx-request-id: [0-9a-f]{32}\r\ndate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\ncontent-length: 6\r\n\r\n你好$/,
  )
})

test.each([
  ['text', '你'.repeat(10_000)],
  ['bytes', Buffer.alloc(30_000, 'b')],
])('a large body of %s leaves beside its head, in one write too', (_what, body) => {
  const { socket } = open((_request, respond) => respond(ok(body)))
  socket.emit('data', get('/'))
  expect(socket.writes).toHaveLength(1)
  expect(socket.text).toContain('content-length: 30000\r\n\r\n')
})

test('a request is handed over with the client’s address as people write it', () => {
  const { socket, asked } = openWaiting()
  socket.emit('data', get('/a'))
  expect(asked[0]?.request).toMatchObject({ method: 'GET', url: '/a', caller: { address: '10.0.0.9' } })
})

test('a request, its answer and its line in the log have one id, the client’s if it has sent one', () => {
  const answered: Answered[] = []
  const asked: HttpRequest[] = []
  const { socket } = open(
    (request, respond) => {
      asked.push(request)
      respond(ok('a'))
    },
    undefined,
    undefined,
    { onAnswered: (one) => answered.push(one) },
  )
  socket.emit('data', get('/', 'X-Request-ID: mine'))
  socket.emit('data', get('/'))
  const sent = [...socket.text.matchAll(/x-request-id: (.*)\r\n/g)].map(([, id]) => id)
  expect(sent).toEqual(['mine', expect.stringMatching(/^[0-9a-f]{32}$/)])
  expect(asked.map(({ id }) => id)).toEqual(sent)
  expect(answered.map(({ id }) => id)).toEqual(sent)
})

test.each([
  ['a body that is too long', 'Content-Length: 1001', '', 413],
  ['a chunk that is too long', 'Transfer-Encoding: chunked', 'ffff\r\n', 413],
  ['a chunk that is none', 'Transfer-Encoding: chunked', 'x\r\n', 400],
])('%s is refused under the id of its request, for the page that sent it', (_what, header, body, status) => {
  const answered: Answered[] = []
  const cors = new Cors({ origins: ['http://page.example'], headers: [], maxAgeSeconds: 1 })
  const { socket } = open(() => undefined, undefined, undefined, {
    cors,
    onAnswered: (one) => answered.push(one),
  })
  const head = ['POST /a HTTP/1.1', 'Host: x', header, 'X-Request-Id: mine', 'Origin: http://page.example']
  socket.emit('data', Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`))
  expect(socket.text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  expect(socket.text).toContain('\r\nx-request-id: mine\r\n')
  expect(socket.text).toContain('\r\naccess-control-allow-origin: http://page.example\r\n')
  expect(socket.text).toContain('\r\nconnection: close\r\n')
  expect(answered).toMatchObject([{ id: 'mine', status, head: { method: 'POST', url: '/a' } }])
  expect(socket.writableEnded).toBe(true)
})

test('what was no request has an id too', () => {
  const { socket } = open(() => undefined)
  socket.emit('data', Buffer.from('nonsense\r\n\r\n'))
  expect(socket.text).toMatch(/^HTTP\/1\.1 400 [^]*x-request-id: [0-9a-f]{32}\r\n/)
})

test('answers that come in one turn leave in one write, in the order of the requests', async () => {
  const { socket, asked } = openWaiting()
  socket.emit('data', Buffer.concat([get('/1'), get('/2'), get('/3')]))
  asked[2]?.respond(ok('3'))
  asked[1]?.respond(ok('2'))
  await turn()
  expect(socket.writes).toEqual([])
  asked[0]?.respond(ok('1'))
  asked[0]?.respond(ok('again'))
  await turn()
  expect(socket.writes).toHaveLength(1)
  expect(bodies(socket)).toEqual(['1', '2', '3'])
})

test('no more than eight requests are in flight, and no more is read, until one is answered', async () => {
  const { socket, asked } = openWaiting()
  for (let i = 0; i < 10; i++) socket.emit('data', get(`/${i}`))
  expect([asked.length, socket.isPaused]).toEqual([8, true])
  asked[0]?.respond(ok('0'))
  asked[1]?.respond(ok('1'))
  await turn()
  expect([asked.length, socket.isPaused]).toEqual([10, true])
  for (const { respond } of asked.slice(2)) respond(ok(''))
  await turn()
  expect(socket.isPaused).toBe(false)
})

test('a client that does not take its answers is asked nothing more until it does', () => {
  const { socket } = open((_request, respond) => respond(ok('x'.repeat(20_000))))
  socket.isHolding = true
  socket.emit('data', Buffer.concat([get('/1'), get('/2')]))
  expect([socket.writes.length, socket.isPaused]).toEqual([1, true])
  socket.drain()
  expect([socket.writes.length, socket.isPaused]).toEqual([2, false])
})

test('the answer to a client that closes is the last', () => {
  const { socket, asked } = openWaiting()
  socket.emit('data', Buffer.concat([get('/1', 'Connection: close'), get('/2')]))
  socket.emit('data', get('/3'))
  expect(asked.map(({ request }) => request.url)).toEqual(['/1'])
})

test('a closing port announces it with the last answer, and closes idle connections', async () => {
  let isClosing = false
  const { socket, asked, connection } = openWaiting(() => isClosing)
  socket.emit('data', Buffer.concat([get('/1'), get('/2')]))
  isClosing = true
  asked[0]?.respond(ok('1'))
  await turn()
  expect(socket.text).not.toContain('connection: close')
  connection.closeIdle(performance.now() + 1_000, 300)
  expect(socket.destroyed).toBe(false)
  asked[1]?.respond(ok('2'))
  await turn()
  expect([socket.text.includes('connection: close'), socket.writableEnded]).toEqual([true, true])

  const idle = openWaiting(() => true)
  idle.connection.closeIdle(performance.now() + 200, 300)
  expect(idle.socket.destroyed).toBe(false)
  idle.connection.closeIdle(performance.now() + 301, 300)
  expect(idle.socket.destroyed).toBe(true)
})

test.each([
  ['nothing', '', limits.keepAliveTimeoutMs, ''],
  ['half a head', 'GET /', limits.headersTimeoutMs, '408'],
  ['half a body', get('/', 'Content-Length: 2').toString() + 'a', limits.bodyTimeoutMs, '408'],
])('%s has its time, and no more', (_what, text, timeoutMs, status) => {
  const { socket, connection } = openWaiting()
  if (text !== '') socket.emit('data', Buffer.from(text))
  const nowMs = performance.now()
  connection.expire(nowMs + timeoutMs - 50)
  expect([socket.destroyed, socket.writableEnded]).toEqual([false, false])
  connection.expire(nowMs + timeoutMs + 1)
  expect([socket.destroyed, socket.writableEnded]).toEqual([status === '', status !== ''])
  expect(socket.text.slice(9, 12)).toBe(status)
})

test('an answer that is being made may take its time', () => {
  const { socket, connection } = openWaiting()
  socket.emit('data', get('/'))
  connection.expire(performance.now() + 1_000_000)
  expect(socket.destroyed).toBe(false)
})

test('an answer that is not taken ends the connection, in its time', () => {
  const { socket, connection } = open((_request, respond) => respond(ok('1')))
  socket.isHolding = true
  socket.emit('data', get('/'))
  connection.expire(performance.now() + limits.sendTimeoutMs - 50)
  expect(socket.destroyed).toBe(false)
  connection.expire(performance.now() + limits.sendTimeoutMs + 1)
  expect(socket.destroyed).toBe(true)
})

test('a body that is read while it is sent ends with the client', async () => {
  const body = new Readable({ read: () => undefined })
  const { socket, asked } = openWaiting()
  socket.emit('data', get('/'))
  asked[0]?.respond({ status: 200, headers: '', lengthBytes: 9, body })
  await turn()
  expect(socket.text).toMatch(/content-length: 9\r\n\r\n$/)
  socket.destroy()
  expect(body.destroyed).toBe(true)
})

test('a body that nobody waits for any more is closed', async () => {
  const bodies = [0, 1].map(() => new Readable({ read: () => undefined }))
  const { socket, asked } = openWaiting()
  socket.emit('data', Buffer.concat([get('/1'), get('/2'), get('/3')]))
  const answer = (i: number): void => {
    const body = bodies[i]
    if (body !== undefined) asked[i + 1]?.respond({ status: 200, headers: '', lengthBytes: 9, body })
  }
  answer(0)
  await turn()
  socket.destroy()
  answer(1)
  await turn()
  expect(bodies.map(({ destroyed }) => destroyed)).toEqual([true, true])
})

test.each([
  ['as long as it says', ['12345', '6789'], false, '123456789'],
  ['shorter', ['1234', '5678'], true, '12345678'],
  ['longer', ['12345', '67890'], true, '12345'],
])('a body that is %s', async (_what, pieces, isDestroyed, sent) => {
  const { socket, asked } = openWaiting()
  socket.emit('data', Buffer.concat([get('/'), get('/next')]))
  asked[0]?.respond({ status: 200, headers: '', lengthBytes: 9, body: Readable.from(pieces.map(piece)) })
  asked[1]?.respond(ok('next'))
  await turn()
  await turn()
  expect([socket.destroyed, bodies(socket).join('')]).toEqual([
    isDestroyed,
    isDestroyed ? sent : `${sent}next`,
  ])
})

test('a body for HEAD is not sent, and its length promises nothing', async () => {
  const { socket, asked } = openWaiting()
  socket.emit('data', piece(get('/').toString().replace('GET', 'HEAD')))
  asked[0]?.respond({ status: 200, headers: '', lengthBytes: 9, body: Readable.from([]) })
  await turn()
  await turn()
  expect([socket.destroyed, socket.text.endsWith('content-length: 9\r\n\r\n')]).toEqual([false, true])
})

test('a body that breaks off ends the connection: its length is a promise', async () => {
  const body = new Readable({ read: () => undefined })
  const { socket, asked } = openWaiting()
  socket.emit('data', get('/'))
  asked[0]?.respond({ status: 200, headers: '', lengthBytes: 9, body })
  await turn()
  body.destroy()
  await turn()
  expect(socket.destroyed).toBe(true)
})

describe('memory of all connections', () => {
  const half = (part: string): Buffer => piece(`${part}${'x'.repeat(900)}`)
  const head = half('GET / HTTP/1.1\r\nHost: x\r\nX: ')
  const body = half('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 950\r\n\r\n')
  const chunk = half('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3b0\r\n')
  const extension = half('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;')
  const trailer = half('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ')

  const openMany = (count: number, bytes: Buffer, limitBytes: number) => {
    const memory = new RequestMemory(limitBytes)
    const respond: OnRequest = (_request, answer) => answer(ok('served'))
    const clients = Array.from({ length: count }, () => open(respond, undefined, memory))
    for (const { socket } of clients) socket.emit('data', bytes)
    return {
      memory,
      clients,
      refused: clients.filter(({ socket }) => socket.text.startsWith('HTTP/1.1 503')),
    }
  }

  test.each([
    ['heads', head],
    ['bodies', body],
    ['chunks', chunk],
    ['extensions', extension],
    ['trailers', trailer],
  ])('bounds unfinished %s: those over it are refused, and others are served', (_what, bytes) => {
    const { memory, clients, refused } = openMany(50, bytes, 20_000)
    expect(refused.length).toBeGreaterThan(25)
    expect(refused.length).toBeLessThan(40)
    const { socket } = open((_request, respond) => respond(ok('served')), undefined, memory)
    socket.emit('data', get('/'))
    expect(socket.text).toContain('served')
    for (const client of clients) client.socket.destroy()
    expect(memory.isTight).toBe(false)
  })

  test('bounds requests that wait for their answers, and answers that wait for their turn', async () => {
    const memory = new RequestMemory(20_000)
    const asked: Asked[] = []
    const onRequest: OnRequest = (request, respond) => void asked.push({ request, respond })
    const waiting = Array.from({ length: 30 }, () => open(onRequest, undefined, memory))
    for (const { socket } of waiting) socket.emit('data', get('/', `X: ${'x'.repeat(900)}`))
    expect(asked.length).toBeLessThan(25)
    expect(memory.isExceeded).toBe(true)
    const before = asked.length
    open(onRequest, undefined, memory).socket.emit('data', get('/-/health'))
    expect(asked.length).toBe(before + 1)
    for (const { socket } of waiting) socket.destroy()
    expect(memory.isTight).toBe(false)

    const { socket } = open(onRequest, undefined, memory)
    socket.emit('data', Buffer.concat([get('/1'), get('/2')]))
    asked.at(-1)?.respond(ok('x'.repeat(30_000)))
    await turn()
    expect(memory.isExceeded).toBe(true)
    asked.at(-2)?.respond(ok(''))
    await turn()
    expect(memory.isTight).toBe(false)
  })

  test('gives slow clients a tenth of their time where most of it is taken', () => {
    const memory = new RequestMemory(20_000)
    const slow = [head, body].map((bytes) => {
      const client = open(() => undefined, undefined, memory)
      client.socket.emit('data', bytes)
      return client
    })
    const idle = open(() => undefined, undefined, memory)
    const unread = open((_request, respond) => respond(ok('x'.repeat(15_000))), undefined, memory)
    unread.socket.isHolding = true
    const late = performance.now() + 31
    const look = (): void => {
      for (const { connection } of [...slow, idle, unread]) connection.expire(late)
    }
    look()
    expect(slow.map(({ socket }) => socket.text)).toEqual(['', ''])
    unread.socket.emit('data', get('/'))
    look()
    expect([...slow, unread].map(({ socket }) => socket.text.slice(9, 12))).toEqual(['408', '408', '200'])
    expect([idle.socket.destroyed, unread.socket.destroyed]).toEqual([false, true])
  })
})
