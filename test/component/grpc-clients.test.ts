import { once } from 'node:events'
import { connect } from 'node:net'

import { status as codes } from '@grpc/grpc-js'
import { afterEach, expect, test, vi } from 'vitest'

import { until } from '../../harness/until.ts'
import { findHeader } from '../../src/http/index.ts'
import {
  beginCall,
  callHeaders,
  closeAll,
  frame,
  infer,
  inferred,
  messageHead,
  openClient,
  openSession,
  startPort,
  whole,
} from '../support/grpc-port.ts'

afterEach(closeAll)

/** The start of a frame that says that no more calls are taken. */
const goaway = '\0\0\x08\x07\0\0\0\0\0'

test('a message that does not come in time is refused, and others on its connection are answered', async () => {
  const { port } = await startPort({ bodyTimeoutMs: 300, answersAtOnce: true })
  const session = openSession(port.address)
  const slow = beginCall(session)
  slow.write(Buffer.concat([messageHead(1_000), Buffer.alloc(10)]))
  await until('it is refused', () => slow.received.length > 0)
  expect(slow.received).toMatchObject([{ 'grpc-status': String(codes.DEADLINE_EXCEEDED) }])
  const quick = beginCall(session)
  quick.end(whole())
  await until('it is answered', () => quick.received.length === 2)
  expect(quick.received[1]).toMatchObject({ 'grpc-status': '0' })
})

test('over the memory limit the connections that hold most are closed, and others are served', async () => {
  const { port, memory } = await startPort({ maxBufferedBytes: 1_000_000, answersAtOnce: true })
  const small = openSession(port.address)
  const waiting = beginCall(small)
  waiting.write(Buffer.concat([messageHead(1_000), Buffer.alloc(100)]))
  const large = openSession(port.address)
  for (let i = 0; i < 20; i++)
    beginCall(large).write(Buffer.concat([messageHead(150_000), Buffer.alloc(140_000)]))
  await until('it is closed', () => large.hasEnded)
  await until('its memory is free', () => memory.usedBytes < 100_000)
  expect(small.hasEnded).toBe(false)
  waiting.end(Buffer.alloc(900))
  await until('it is answered', () => waiting.received.length > 0)
  expect((await infer(openClient(port.address))).code).toBe(0)
})

test('a client that does not take its answer is disconnected, and what it held is free', async () => {
  const { port, memory } = await startPort({ sendTimeoutMs: 300, answersAtOnce: true })
  const session = openSession(port.address, { settings: { initialWindowSize: 0 } })
  beginCall(session).end(whole())
  await until('its answer is counted', () => memory.usedBytes > 0)
  await until('it is disconnected', () => session.hasEnded)
  await until('nothing is counted', () => memory.usedBytes === 0)
})

test('bytes that are no HTTP/2, a call without an end and a second message do no harm', async () => {
  const { port } = await startPort({ answersAtOnce: true })
  const [host = '', number = ''] = port.address.split(':')
  const strange = connect(Number(number), host)
  strange.on('error', () => undefined)
  strange.resume()
  strange.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(strange, 'close')
  const session = openSession(port.address)
  const twice = beginCall(session)
  twice.end(Buffer.concat([whole(), whole()]))
  const other = beginCall(session, { ':path': '/inference.GRPCInferenceService/Other' })
  const html = beginCall(session, { 'content-type': 'text/html' })
  const cut = beginCall(session)
  cut.end(messageHead(7))
  const odd = beginCall(session)
  odd.end(Buffer.concat([messageHead(3), Buffer.from([0xff, 0xff, 0xff])]))
  const gone = beginCall(session)
  gone.write(messageHead(7))
  gone.close(8)
  await until('they end', () => [twice, other, html, cut, odd].every(({ received }) => received.length > 0))
  expect([twice, other, html, cut, odd].map(({ received }) => received[0])).toMatchObject([
    { 'grpc-status': String(codes.UNIMPLEMENTED) },
    { 'grpc-status': String(codes.UNIMPLEMENTED) },
    { ':status': 415 },
    { 'grpc-status': String(codes.UNIMPLEMENTED) },
    { 'grpc-status': String(codes.INTERNAL) },
  ])
  expect((await infer(openClient(port.address))).code).toBe(0)
})

test('a message of a hundred thousand parts is refused before they are all read', async () => {
  const { port, begun } = await startPort({ bodyLimitBytes: 300_000 })
  const session = openSession(port.address)
  const send = (path: string, field: readonly number[]): ReturnType<typeof beginCall> => {
    const parts = Buffer.alloc(100_000 * field.length, Buffer.from(field))
    const stream = beginCall(session, { ':path': `/inference.GRPCInferenceService/${path}` })
    stream.end(Buffer.concat([messageHead(parts.length), parts]))
    return stream
  }
  const streams = [
    send('ModelInfer', [0x22, 0]),
    send('ModelInfer', [0x2a, 0]),
    send('ModelInfer', [0x32, 0]),
    send('ModelInfer', [0x3a, 0]),
    send('RepositoryModelLoad', [0x1a, 0]),
  ]
  await until('they are refused', () => streams.every(({ received }) => received.length > 0))
  const messageOf = ({ received }: (typeof streams)[number]): string =>
    decodeURIComponent((received[0] as Record<string, string>)['grpc-message'] ?? '')
  expect(streams.map(messageOf)).toEqual([
    'there are over 100 parameters; send fewer',
    'there are over 100 inputs; send fewer',
    'there are over 100 outputs; send fewer',
    'there are over 100 raw_input_contents; send fewer',
    'there are over 100 parameters; send fewer',
  ])
  expect(begun).toEqual([])
})

test('connections over the limit are refused', async () => {
  const { port } = await startPort({ maxConnections: 2, answersAtOnce: true })
  const sessions = [openSession(port.address), openSession(port.address)]
  const streams = sessions.map((session) => beginCall(session))
  for (const stream of streams) stream.end(whole())
  await until('they are answered', () => streams.every(({ received }) => received.length === 2))
  const third = openSession(port.address)
  await until('it is refused', () => third.hasEnded)
  sessions[0]?.close()
  await until('it leaves', () => sessions[0]?.hasEnded === true)
  await until('another is served', async () => {
    const session = openSession(port.address)
    const stream = beginCall(session)
    stream.end(whole())
    await until('it ends', () => session.hasEnded || stream.received.length === 2)
    return stream.received.length === 2
  })
})

test('what a client sends is never printed', async () => {
  const { port, begun } = await startPort()
  const printed = vi.spyOn(console, 'error').mockReturnValue()
  const stream = beginCall(openSession(port.address), { 'x-name': '\xe9', 'x-other': 'x' })
  stream.end(whole())
  await until('it comes', () => begun.length === 1)
  expect(findHeader(begun[0]?.request.headers ?? '', 'x-other')).toBe('x')
  expect(printed).not.toHaveBeenCalled()
})

test('the deadline of a client that waits on holds all the same, and is in the log', async () => {
  const { port, begun, log } = await startPort()
  const stream = beginCall(openSession(port.address), { 'grpc-timeout': '200m' })
  stream.end(whole())
  await until('it ends', () => stream.received.length > 0)
  expect(stream.received).toMatchObject([{ 'grpc-status': String(codes.DEADLINE_EXCEEDED) }])
  begun[0]?.respond(inferred('late'))
  await until('it is logged', () => log.length === 1)
  expect(log).toMatchObject([{ status: 504, bodyBytes: 0 }])
})

test('a client that cancels a call is known to have left, and what the call held is free', async () => {
  const { port, begun, log, memory } = await startPort()
  const stream = beginCall(openSession(port.address))
  stream.end(whole())
  await until('it comes', () => begun.length === 1)
  expect([begun[0]?.request.client.isGone, memory.usedBytes > 0]).toEqual([false, true])
  stream.close(8)
  await until('it is known', () => begun[0]?.request.client.isGone === true)
  await until('nothing is counted', () => memory.usedBytes === 0)
  begun[0]?.respond(inferred('late'))
  expect(log).toEqual([])
})

test('a client that resets thousands of calls is told to go, and others are served', async () => {
  const { port, memory } = await startPort({ answersAtOnce: true, keepAliveTimeoutMs: 300 })
  const [host = '', number = ''] = port.address.split(':')
  const flood = connect(Number(number), host)
  flood.on('error', () => undefined)
  let received = ''
  flood.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')))
  flood.write(
    Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame('settings', 0, Buffer.alloc(0))]),
  )
  for (let i = 0; i < 5_000; i++)
    flood.write(
      Buffer.concat([
        frame('headers', 2 * i + 1, callHeaders),
        frame('reset', 2 * i + 1, Buffer.from([0, 0, 0, 8])),
      ]),
    )
  expect((await infer(openClient(port.address))).code).toBe(0)
  await once(flood, 'close')
  expect(received.includes(goaway)).toBe(true)
  await until('nothing is counted', () => memory.usedBytes === 0)
})

test('streams over the limit are refused, and calls are answered beside those that there are', async () => {
  const { port, memory } = await startPort({ answersAtOnce: true })
  const watch = { ':path': '/grpc.health.v1.Health/Watch' }
  const sessions = [openSession(port.address), openSession(port.address)]
  const streams = Array.from({ length: 1_001 }, (_, i) => {
    const stream = beginCall(sessions[i % 2] as (typeof sessions)[0], watch)
    stream.end(messageHead(0))
    return stream
  })
  const refused = (): unknown[] =>
    streams.flatMap(({ received }) => received.filter((one) => 'grpc-status' in one))
  await until('all are taken or refused', () => streams.every(({ received }) => received.length > 0))
  await until('one is refused', () => refused().length > 0)
  expect(refused()).toMatchObject([{ 'grpc-status': String(codes.RESOURCE_EXHAUSTED) }])
  expect((await infer(openClient(port.address))).code).toBe(0)
  for (const session of sessions) session.destroy()
  await until('nothing is counted', () => memory.usedBytes === 0)
})

test('a connection on which nothing comes is closed', async () => {
  const { port } = await startPort({ keepAliveTimeoutMs: 200 })
  const [host = '', number = ''] = port.address.split(':')
  const silent = connect(Number(number), host)
  silent.resume()
  await once(silent, 'close')
})
