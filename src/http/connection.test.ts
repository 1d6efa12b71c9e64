import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { Readable } from 'node:stream'

import { expect, test } from 'vitest'

import type { Answer } from './answer.ts'
import { Connection } from './connection.ts'
import { RequestMemory } from './request-memory.ts'
import type { HttpRequest, OnRequest, Respond } from './http-request.ts'

/** As much of a socket as a connection uses; a write that is `held` is not taken until `drain`. */
class FakeSocket extends EventEmitter {
  readonly remoteAddress = '::ffff:10.0.0.9'
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

type Asked = { readonly request: HttpRequest; readonly respond: Respond }

function open(onRequest: OnRequest, isClosing = (): boolean => false, memory = new RequestMemory(1_000_000)) {
  const socket = new FakeSocket()
  const connection = new Connection(socket as unknown as Socket, { limits, memory, onRequest, isClosing })
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
    /^HTTP\/1\.1 200 OK\r\nx-a: 1\r\ndate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\ncontent-length: 6\r\n\r\n你好$/,
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
  expect(asked[0]?.request).toMatchObject({ method: 'GET', url: '/a', remoteAddress: '10.0.0.9' })
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

test('more than eight requests under way are not taken, nor is more read, until one is answered', async () => {
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

test('a port that closes says so with the last answer, and closes what is idle', async () => {
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
  asked[0]?.respond({ status: 200, headers: 'content-length\n9', body })
  await turn()
  expect(socket.text).toMatch(/content-length: 9\r\n[^]*\r\n\r\n$/)
  socket.destroy()
  expect(body.destroyed).toBe(true)
})

test('a body that nobody waits for any more is closed', async () => {
  const bodies = [0, 1].map(() => new Readable({ read: () => undefined }))
  const { socket, asked } = openWaiting()
  socket.emit('data', Buffer.concat([get('/1'), get('/2'), get('/3')]))
  const answer = (i: number): void => {
    const body = bodies[i]
    if (body !== undefined) asked[i + 1]?.respond({ status: 200, headers: '', body })
  }
  answer(0)
  await turn()
  socket.destroy()
  answer(1)
  await turn()
  expect(bodies.map(({ destroyed }) => destroyed)).toEqual([true, true])
})

test('a body that breaks off ends the connection: its length is a promise', async () => {
  const body = new Readable({ read: () => undefined })
  const { socket, asked } = openWaiting()
  socket.emit('data', get('/'))
  asked[0]?.respond({ status: 200, headers: 'content-length\n9', body })
  await turn()
  body.destroy()
  await turn()
  expect(socket.destroyed).toBe(true)
})
