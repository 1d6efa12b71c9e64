import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { ServiceDefinition } from '@grpc/grpc-js'
import { Metadata, status as codes } from '@grpc/grpc-js'
import { afterEach, expect, test } from 'vitest'

import { until } from '../../harness/until.ts'
import type { Answer, Answered, HttpRequest } from '../../src/http/index.ts'
import { findHeader, formatAccessLine } from '../../src/http/index.ts'
import { openListeningSocket } from '../../src/process/index.ts'
import type { Begun, Called } from '../support/grpc-port.ts'
import {
  call,
  closeAll,
  closers,
  health,
  infer,
  inference,
  inferred,
  openClient,
  startPort,
  text,
} from '../support/grpc-port.ts'

afterEach(closeAll)

test('a call is the request that it would be over REST, with its headers, and so is its answer', async () => {
  const { port, begun, log } = await startPort()
  const metadata = new Metadata()
  metadata.set('authorization', 'Basic bTptCg==')
  metadata.set('inference-header-content-length', '1')
  metadata.set('x-real-ip', '1.2.3.4')
  const answer = infer(openClient(port.address), { ...text('甲', ''), model_version: '7/8', parameters: { k: { int64_param: 2 }, threshold: { double_param: 0.5 } } }, { metadata }) // prettier-ignore
  await until('it comes', () => begun.length === 1)
  const { request, respond } = begun[0] as Begun
  expect(request).toMatchObject({
    method: 'POST',
    url: '/v2/models/%E5%A7%93%20m/versions/7%2F8/infer',
    caller: { address: '127.0.0.1', scheme: undefined },
  })
  const header = (name: string): string | undefined => findHeader(request.headers, name)
  const length = Number(header('inference-header-content-length'))
  expect(JSON.parse(request.body.toString('utf8', 0, length))).toEqual({
    parameters: { k: 2, threshold: 0.5, binary_data_output: true },
    inputs: [{ name: 'text', datatype: 'BYTES', shape: [2], parameters: { binary_data_size: 11 } }],
  })
  expect(request.body.subarray(length)).toEqual(Buffer.from('\x03\0\0\0\xe7\x94\xb2\0\0\0\0', 'latin1'))
  expect([header('authorization'), header('host'), header('content-length')]).toEqual([
    'Basic bTptCg==',
    port.address,
    String(request.body.length),
  ])
  respond(inferred('x'))
  const { code, answer: message, metadata: received } = await answer
  expect([code, message]).toMatchObject([
    0,
    { model_version: '7', outputs: [{ name: 'labels' }], raw_output_contents: [Buffer.from('\x01\0\0\0x')] },
  ])
  expect([received.get('x-model-version'), received.get('server')]).toEqual([['m@7'], []])
  await until('it is logged', () => log.length === 1)
  expect(formatAccessLine(log[0] as Answered, 1_000)).toMatch(
    /^127\.0\.0\.1 - m \[.+\] "POST \/inference\.GRPCInferenceService\/ModelInfer HTTP\/2\.0" 200 \d\d "-" "grpc-node-js\/.*" "[0-9a-f]{32}"$/,
  )
})

test('the id of a call is its client’s, or a new one, and is in the request, the answer and the log', async () => {
  const { port, begun, log } = await startPort()
  const client = openClient(port.address)
  const ask = async (...ids: string[]): Promise<{ sent: HttpRequest; called: Called }> => {
    const metadata = new Metadata()
    for (const id of ids) metadata.add('x-request-id', id)
    metadata.set('traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')
    const asked = begun.length
    const answer = infer(client, text('t'), { metadata })
    await until('it comes', () => begun.length > asked)
    const { request, respond } = begun[asked] as Begun
    respond(inferred('x'))
    return { sent: request, called: await answer }
  }
  const { sent, called } = await ask('a-1')
  expect([sent.id, called.metadata.get('x-request-id')]).toEqual(['a-1', ['a-1']])
  expect(findHeader(sent.headers, 'traceparent')).toBe(
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  )
  for (const ids of [[], ['a', 'b'], ['not one'], ['x'.repeat(129)]]) {
    const { sent, called } = await ask(...ids)
    expect(sent.id).toMatch(/^[0-9a-f]{32}$/)
    expect(called.metadata.get('x-request-id')).toEqual([sent.id])
  }
  await until('all are logged', () => log.length === begun.length)
  expect(log.map(({ id }) => id)).toEqual(begun.map(({ request }) => request.id))
})

test('what needs no worker and what ends with an error has an id too', async () => {
  const { port, begun, log } = await startPort({ headLimitBytes: 1_000 })
  const client = openClient(port.address)
  const withId = (id: string, more: Record<string, string> = {}): { metadata: Metadata } => ({
    metadata: Metadata.fromHttp2Headers({ 'x-request-id': id, ...more }),
  })
  const failed = infer(client, text('t'), withId('failed'))
  await until('it comes', () => begun.length === 1)
  begun[0]?.respond({ status: 404, headers: 'x-model-version\nm@7', body: '{"error": "no"}' })
  const called = [
    await failed,
    await infer(client, text('t'), withId('long', { 'x-long': 'x'.repeat(1_000) })),
    await infer(client, { ...text('t'), model_name: '名'.repeat(200) }, withId('name')),
    await call(client, health, 'Check', { service: '' }, withId('check')),
    await call(client, health, 'Check', { service: 'unknown' }, withId('unknown')),
  ]
  expect(called.map(({ code, metadata }) => [code, metadata.get('x-request-id')])).toEqual([
    [codes.NOT_FOUND, ['failed']],
    [codes.RESOURCE_EXHAUSTED, ['long']],
    [codes.RESOURCE_EXHAUSTED, ['name']],
    [codes.OK, ['check']],
    [codes.NOT_FOUND, ['unknown']],
  ])
  expect(called[0]?.metadata.get('x-model-version')).toEqual(['m@7'])
  await until('all are logged', () => log.length === called.length)
  expect(log.map(({ id }) => id)).toEqual(['failed', 'long', 'name', 'check', 'unknown'])
})

test.each([
  ['that is trusted', ['127.0.0.0/8'], { address: '192.0.2.1', scheme: 'https' }],
  ['that is not', ['10.0.0.0/8'], { address: '127.0.0.1', scheme: undefined }],
])('a proxy %s says who calls, to the service and in the log', async (_which, trustedProxies, caller) => {
  const { port, begun, log } = await startPort({ trustedProxies })
  const metadata = Metadata.fromHttp2Headers({
    'x-forwarded-for': ['6.6.6.6, 192.0.2.1', '127.0.0.9'],
    'x-forwarded-proto': 'https',
  })
  const answer = infer(openClient(port.address), text('t'), { metadata })
  await until('it comes', () => begun.length === 1)
  const { request, respond } = begun[0] as Begun
  respond(inferred('x'))
  expect((await answer).code).toBe(0)
  expect(request.caller).toMatchObject(caller)
  await until('it is logged', () => log.length === 1)
  expect(log[0]?.caller.address).toBe(caller.address)
})

test.each([
  [400, codes.INVALID_ARGUMENT],
  [404, codes.NOT_FOUND],
  [413, codes.RESOURCE_EXHAUSTED],
  [500, codes.INTERNAL],
  [502, codes.UNKNOWN],
  [503, codes.UNAVAILABLE],
  [504, codes.DEADLINE_EXCEEDED],
])(
  'an answer of %i ends the call with status %i, its message and when to call again',
  async (status, code) => {
    const { port, begun, log } = await startPort()
    const answer = infer(openClient(port.address))
    await until('it comes', () => begun.length === 1)
    begun[0]?.respond({ status, headers: 'retry-after\n2', body: JSON.stringify({ error: '慢 \ud800' }) })
    const ended = await answer
    expect([ended.code, ended.details]).toEqual([code, '慢 \ufffd'])
    expect(ended.metadata.get('grpc-retry-pushback-ms')).toEqual(['2000'])
    await until('it is logged', () => log.length === 1)
  },
)

test('headers that the protocol has no form for are left out of an answer, and of an error', async () => {
  const { port, begun } = await startPort()
  const client = openClient(port.address)
  const odd = ['x-bytes-bin', 'a', 'x-é', 'b', 'x-name', 'é', 'x!', 'c', 'x-fine', 'd'].join('\n')
  for (const status of [200, 500]) {
    const asked = begun.length
    const answer = infer(client)
    await until('it comes', () => begun.length > asked)
    const { headers, ...rest } = inferred('x')
    begun[asked]?.respond({ ...rest, headers: `${headers}\n${odd}`, status })
    const { metadata } = await answer
    expect(Object.keys(metadata.getMap()).filter((name) => name.startsWith('x-'))).toEqual([
      'x-model-version',
      'x-fine',
      'x-request-id',
    ])
  }
})

test('what a route of the service answers in place of the protocol is an error', async () => {
  const { port, begun } = await startPort()
  const answer = infer(openClient(port.address))
  await until('it comes', () => begun.length === 1)
  begun[0]?.respond({ status: 200, headers: '', body: '"own"' })
  expect(await answer).toMatchObject({ code: codes.INTERNAL, details: expect.stringMatching(/route of the service/) as string }) // prettier-ignore
})

test('a client’s deadline ends its call, and nobody works on for it', async () => {
  const { port, begun, memory } = await startPort()
  const answer = infer(openClient(port.address), text('t'), { deadline: Date.now() + 200 })
  await until('it comes', () => begun.length === 1)
  expect(begun[0]?.request.client.isGone).toBe(false)
  expect((await answer).code).toBe(codes.DEADLINE_EXCEEDED)
  await until('it is known to have left', () => begun[0]?.request.client.isGone === true)
  begun[0]?.respond(inferred('late'))
  await until('nothing is counted', () => memory.usedBytes === 0)
})

test('no client that keeps calling loses a call while another port takes this one’s place', async () => {
  const first = await startPort({ answersAtOnce: true })
  const { address } = first.port
  const client = openClient(address)
  // There is a moment in which nobody listens; processes of a stack hold the socket between them.
  const metadata = new Metadata({ waitForReady: true })
  let answered = 0
  const losses: Called[] = []
  let isOver = false
  const loops = Array.from({ length: 8 }, async () => {
    while (!isOver) {
      const result = await infer(client, text('t'), { metadata })
      if (result.code === 0) answered++
      else losses.push(result)
    }
  })
  let before = first
  for (let i = 0; i < 2; i++) {
    const then = answered
    await until('calls are answered', () => answered > then + 50)
    await before.port.close({ isPatient: true })
    before = await startPort({ answersAtOnce: true, socket: openListeningSocket(address) })
  }
  const then = answered
  await until('calls are answered', () => answered > then + 50)
  isOver = true
  await Promise.all(loops)
  expect(losses).toEqual([])
})

test('a closing port answers the calls that it has, ends the streams, and is closed', async () => {
  const { port, begun } = await startPort()
  const client = openClient(port.address)
  const method = health['Watch'] as ServiceDefinition[string]
  const watch = client.makeServerStreamRequest(method.path, method.requestSerialize, method.responseDeserialize, { service: '' }) // prettier-ignore
  const [first] = (await once(watch, 'data')) as unknown[]
  expect(first).toEqual({ status: 'SERVING' })
  const answer = infer(client)
  await until('it comes', () => begun.length === 1)
  const ended = once(watch, 'error')
  const closed = port.close({ isPatient: true })
  expect(await ended).toMatchObject([{ code: codes.UNAVAILABLE }])
  begun[0]?.respond(inferred('at last'))
  expect(await answer).toMatchObject({ code: 0 })
  await closed
})

test('a port that nobody waits for ends calls after its time', async () => {
  const { port, begun } = await startPort({ stopTimeoutMs: 100 })
  const answer = infer(openClient(port.address))
  await until('it comes', () => begun.length === 1)
  await port.close({ isPatient: false })
  expect((await answer).code).toBe(codes.UNAVAILABLE)
})

test('those who watch are told of each change', async () => {
  let isReady = true
  const { port } = await startPort({ isReady: () => isReady })
  const client = openClient(port.address)
  const method = health['Watch'] as ServiceDefinition[string]
  const watch = client.makeServerStreamRequest(method.path, method.requestSerialize, method.responseDeserialize, { service: '' }) // prettier-ignore
  watch.on('error', () => undefined)
  const told: unknown[] = []
  watch.on('data', ({ status }: { status: unknown }) => told.push(status))
  await until('it serves', () => told.length === 1)
  isReady = false
  expect(await call(client, health, 'Check', { service: '' })).toMatchObject({
    answer: { status: 'NOT_SERVING' },
  })
  await until('it is told', () => told.length === 2)
  expect(told).toEqual(['SERVING', 'NOT_SERVING'])
})

test('a client on a Unix socket is served', async () => {
  const socket = openListeningSocket(`unix:${join(tmpdir(), `grpc-${process.pid}.sock`)}`)
  closers.push(() => socket.close())
  const { begun } = await startPort({ socket })
  const path = 'path' in socket.address ? socket.address.path : ''
  const answer = infer(openClient(`unix:${path}`))
  await until('it comes', () => begun.length === 1)
  expect(begun[0]?.request.caller.address).toBe('unknown')
  begun[0]?.respond(inferred('x'))
  expect((await answer).code).toBe(0)
})

test.each([
  ['load', 'RepositoryModelLoad'],
  ['unload', 'RepositoryModelUnload'],
])('a call to %s a model is that request over REST', async (action, name) => {
  const { port, begun } = await startPort()
  const parameters = { version: { string_param: '7' }, unload_dependents: { bool_param: false } }
  const ask = async (answer: Answer): Promise<Called> => {
    const called = call(openClient(port.address), inference, name, { model_name: '姓 m', parameters })
    await until('it comes', () => begun.length === 1)
    const [{ request, respond }] = begun.splice(0) as [Begun]
    expect(request).toMatchObject({
      method: 'POST',
      url: `/v2/repository/models/%E5%A7%93%20m/${action}`,
    })
    expect(JSON.parse(request.body.toString())).toEqual({
      parameters: { version: '7', unload_dependents: false },
    })
    respond(answer)
    return called
  }
  expect(await ask({ status: 200, headers: '', body: '{"name":"m"}' })).toMatchObject({ code: 0 })
  expect(await ask({ status: 409, headers: '', body: '{"error":"another rollout"}' })).toMatchObject({
    code: codes.FAILED_PRECONDITION,
    details: 'another rollout',
  })
  const nameless = await call(openClient(port.address), inference, name, { model_name: '' })
  expect(nameless).toMatchObject({ code: codes.INVALID_ARGUMENT, details: 'the request names no model' })
})
