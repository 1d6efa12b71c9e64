import { gzipSync } from 'node:zlib'

import { Type } from '#typebox'
import { expect, test } from 'vitest'

import { ChangeoverError } from '../../contracts/index.ts'
import type { LinkRequest } from '../../ipc/index.ts'
import type { ProtocolAnswer, ProtocolRoute, Work } from '../../protocols/index.ts'
import { ServedModels } from '../served-models.ts'
import { fakeModel } from '../testing/fake-model.ts'
import { defineService } from './define-service.ts'
import { HttpError, reply } from './reply.ts'
import { ServiceHost } from './service-host.ts'

const answerError: ProtocolRoute['answerError'] = (status, message) => ({
  status,
  headers: ['content-type', 'application/json'],
  body: message,
})

/** Works for so many milliseconds, and may be paused after each. */
function* work(ms: number): Work<ProtocolAnswer> {
  for (let i = 0; i < ms; i++) {
    const endMs = performance.now() + 1
    while (performance.now() < endMs);
    yield
  }
  if (ms === 30) throw new ChangeoverError('version_unknown', 'too late')
  return { status: 200, headers: [], body: `${ms} ms` }
}

const protocol = (path: string, answer: ProtocolRoute['answer']): ProtocolRoute => ({
  method: 'GET',
  path,
  repeat: 'on-failure',
  answer,
  answerError,
  operations: () => [],
})

const models = new ServedModels()
models.activate(fakeModel('m', '1'), 0)

const logged: string[] = []
const host = new ServiceHost({
  bodyLimitBytes: 1_000,
  checkAnswers: true,
  protocols: [
    protocol('/work/:ms', ({ params }) => work(Number(params['ms']))),
    protocol('/nothing', () => ({ status: 200, headers: [], body: 'the program’s own' })),
    { ...protocol('/echo2', ({ body }) => ({ status: 200, headers: [], body })), method: 'POST' },
    protocol('/breaks', () => {
      throw new TypeError('a fault')
    }),
  ],
  service: defineService((routes) => {
    routes.get('/thenable', () => ({ then: (resolve: (value: unknown) => void) => resolve({ a: 1 }) }))
    routes.get('/rejects', () => ({
      then: (_resolve: unknown, reject: (error: Error) => void) => reject(new Error('no')),
    }))
    routes.get('/then', () => ({ then: 'a word' }))
    routes.get('/nothing', () => undefined)
    routes.get('/reply', () => reply(201, '<p>甲</p>', { 'content-type': 'text/html', 'x-own': 'a' }))
    routes.get('/bytes', () => reply(200, Buffer.from([1, 2])))
    routes.get('/redirect', () => reply(302, undefined, { location: '/reply' }))
    routes.get('/wrong', () => reply(200, 'x', { 'x-own': '甲' }))
    routes.get('/gone', async () => Promise.reject(new HttpError(410, 'no more', { 'x-own': 'b' })))
    routes.get('/wrong-answer', { answer: Type.Object({ a: Type.String() }) }, () => ({ a: 1 }) as never)
    routes.get(
      '/page/:n',
      { params: Type.Object({ n: Type.Integer() }), query: Type.Object({ k: Type.Integer() }) },
      ({ params: { n }, query: { k } }) => [n, k],
    )
    routes.predict('/echo', { body: Type.Object({ a: Type.String() }) }, ({ body }) => body.a)
  }),
  models,
  log: (_, message) => logged.push(message),
  homePage: () => ({ status: 200, headers: 'content-type\ntext/html', body: 'home' }),
})

async function ask(method: string, url: string, sent: Partial<LinkRequest> = {}) {
  const request = { method, url, headers: '', body: Buffer.alloc(0), ...sent }
  const { status, headers, body } = await host.handle(request)
  return { status, allow: /(?:^|\n)allow\n(.*)/.exec(headers)?.[1], body: body.toString(), headers }
}

test('every thenable is awaited, from any library', async () => {
  expect(await ask('GET', '/thenable')).toMatchObject({ status: 200, body: '{"a":1}' })
  expect(await ask('GET', '/rejects')).toMatchObject({ status: 500 })
  expect(await ask('GET', '/then')).toMatchObject({ status: 200, body: '{"then":"a word"}' })
  expect(host.inFlight).toBe(0)
})

test.each(['/', '/?from=balancer'])('the page at %s is there for every kind of health check', async (url) => {
  expect(await ask('GET', url)).toMatchObject({ status: 200, body: 'home' })
  expect(await ask('HEAD', url)).toMatchObject({ status: 200 })
  expect(await ask('OPTIONS', url)).toMatchObject({ status: 204, allow: 'GET, HEAD, OPTIONS' })
  expect(await ask('POST', url)).toMatchObject({ status: 405, allow: 'GET, HEAD, OPTIONS' })
})

test('OPTIONS says what a path takes', async () => {
  expect(await ask('OPTIONS', '/nothing')).toMatchObject({ status: 204, allow: 'GET, HEAD, OPTIONS' })
  expect(await ask('OPTIONS', '*')).toMatchObject({ status: 204, allow: 'GET, HEAD, POST, OPTIONS' })
  expect(await ask('OPTIONS', '/unknown')).toMatchObject({ status: 404 })
})

test.each([
  ['GET', '/'],
  ['OPTIONS', '/'],
  ['GET', '/thenable'],
  ['GET', '/rejects'],
  ['GET', '/nothing'],
  ['POST', '/nothing'],
  ['GET', '/unknown'],
])('the answer to %s %s names the versions', async (method, url) => {
  expect((await ask(method, url)).headers).toContain('x-model-version\n')
})

test('an encoded body is taken by routes of the service and of protocols, and told of if it cannot be', async () => {
  const encoded = (text: string): Partial<LinkRequest> => ({
    headers: 'content-encoding\ngzip',
    body: gzipSync(text),
  })
  expect(await ask('POST', '/echo', encoded('{"a":"您"}'))).toMatchObject({ status: 200, body: '您' })
  expect(await ask('POST', '/echo2', encoded('您'))).toMatchObject({ status: 200, body: '您' })
  for (const path of ['/echo', '/echo2']) {
    expect(await ask('POST', path, encoded('1'.repeat(2_000)))).toMatchObject({ status: 413 })
    expect(await ask('POST', path, { ...encoded(''), headers: 'content-encoding\nzstd' })).toMatchObject({
      status: 415,
    })
  }
  expect(await ask('GET', '/nothing', { headers: 'content-encoding\ngzip' })).toMatchObject({ status: 204 })
  expect(host.inFlight).toBe(0)
})

test('a route may answer with a status, headers and a type of its own, and with an error', async () => {
  expect(await ask('GET', '/reply')).toMatchObject({
    status: 201,
    headers: 'content-type\ntext/html\nx-own\na\nx-model-version\nm@1',
    body: '<p>甲</p>',
  })
  expect((await ask('GET', '/bytes')).headers).toContain('application/octet-stream')
  expect(await ask('GET', '/redirect')).toMatchObject({
    status: 302,
    headers: 'location\n/reply\nx-model-version\nm@1',
    body: '',
  })
  expect(await ask('GET', '/gone')).toMatchObject({
    status: 410,
    headers: expect.stringContaining('x-own\nb') as string,
    body: expect.stringContaining('"detail":"no more"') as string,
  })
  expect(await ask('GET', '/wrong')).toMatchObject({ status: 500 })
})

test('an answer that its schema does not allow is a 500 that names the place, and is logged', async () => {
  expect(await ask('GET', '/wrong-answer')).toMatchObject({
    status: 500,
    body: expect.stringContaining('the answer of GET /wrong-answer at /a must be string') as string,
  })
  expect(logged.join()).toContain('at /a must be string')
})

test('parameters are read by their schemas, and what does not fit is 400', async () => {
  expect(await ask('GET', '/page/7?k=2')).toMatchObject({ status: 200, body: '[7,2]' })
  for (const url of ['/page/seven?k=2', '/page/7', '/page/7?k=two'])
    expect(await ask('GET', url)).toMatchObject({
      status: 400,
      body: expect.stringContaining('bad_parameter') as string,
    })
})

test('a large request of a protocol lets others go first, and is answered all the same', async () => {
  const ended: string[] = []
  const large = ask('GET', '/work/50').then(({ body }) => ended.push(body))
  const small = new Promise<void>((resolve) => {
    setImmediate(
      () =>
        void ask('GET', '/work/0').then(({ body }) => {
          ended.push(body)
          resolve()
        }),
    )
  })
  await Promise.all([large, small])
  expect(ended).toEqual(['0 ms', '50 ms'])
  expect(host.inFlight).toBe(0)
})

test('an error of a protocol has its form, at once or later; a fault of the program is a problem', async () => {
  expect(await ask('GET', '/work/30')).toMatchObject({ status: 404, body: 'too late' })
  expect(await ask('GET', '/breaks')).toMatchObject({ status: 500, body: expect.stringContaining('service_failed') as string }) // prettier-ignore
  expect(host.inFlight).toBe(0)
})

test('a route of the service goes before one of a protocol', async () => {
  expect(await ask('GET', '/nothing')).toMatchObject({ status: 204 })
})
