import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest'

import { ClientError } from './client-error.ts'
import { createClient } from './create-client.ts'
import type { Fetch, FetchRequest, FetchResponse } from './fetch.ts'

type Step = (request: FetchRequest) => FetchResponse | Promise<FetchResponse>

/** Answers one request after the other as it is told, and keeps what it was asked. */
function fakeFetch(...steps: Step[]): { fetch: Fetch; asked: ({ url: string } & FetchRequest)[] } {
  const asked: ({ url: string } & FetchRequest)[] = []
  const fetch: Fetch = async (url, request) => {
    asked.push({ url, ...request })
    const step = steps[asked.length - 1]
    if (step === undefined) throw new Error('it was asked once too often')
    return step(request)
  }
  return { fetch, asked }
}

const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Step =>
  () =>
    new Response(JSON.stringify(body), {
      status,
      headers: { 'content-type': 'application/json', ...headers },
    })
const problem = (status: number, code: string, headers: Record<string, string> = {}): Step =>
  json({ type: `urn:changeover:error:${code}`, title: code, status, detail: `it is ${code}` }, status, {
    'content-type': 'application/problem+json',
    ...headers,
  })
const broken: Step = () => Promise.reject(new TypeError('fetch failed', { cause: new Error('ECONNRESET') }))
const silent: Step = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
/** The head of an answer, and then nothing. */
const cutShort: Step = () =>
  new Response(new ReadableStream({ pull: (controller) => controller.error(new TypeError('terminated')) }), {
    headers: { 'content-type': 'application/json' },
  })

const at = 'http://127.0.0.1:8086/'
const failureOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no failure',
    (error: unknown) => error,
  )

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] }))
afterEach(() => void vi.useRealTimers())

/** What a call ends with, while time passes by itself. */
async function settled<T>(call: Promise<T>): Promise<T> {
  call.catch(() => undefined)
  await vi.runAllTimersAsync()
  return call
}

test('a result has the status, the body, the versions, the id and the headers', async () => {
  const { fetch, asked } = fakeFetch(
    json({ n: 1 }, 201, { 'x-model-version': 'names@7, moods@a@b', 'x-request-id': 'r1', location: '/x' }),
  )
  const { routes } = createClient(at, { fetch, headers: { Authorization: 'a', 'X-One': '1' } })
  const { headers, ...result } = await settled(
    routes.post('/notes/:id', {
      params: { id: 5 },
      query: { all: true },
      body: { text: '您' },
      headers: { 'x-one': '2' },
    }),
  )
  expect(result).toEqual({
    status: 201,
    body: { n: 1 },
    versions: { names: '7', moods: 'a' },
    requestId: 'r1',
  })
  expect(headers.get('Location')).toBe('/x')
  expect(asked).toMatchObject([
    {
      url: 'http://127.0.0.1:8086/notes/5?all=true',
      method: 'POST',
      body: '{"text":"您"}',
      headers: { 'content-type': 'application/json', authorization: 'a', 'x-one': '2' },
      redirect: 'manual',
    },
  ])
})

test.each([
  ['text/plain; charset=utf-8', '答', 200, '答'],
  ['application/json', 'null', 200, null],
  ['application/vnd.a+json; charset=utf-8', '[1]', 200, [1]],
  ['application/octet-stream', 'ab', 200, new Uint8Array([97, 98])],
  ['', '', 200, undefined],
  ['application/json', null, 204, undefined],
])('a body of the type %j is read', async (type, body, status, read) => {
  const { fetch } = fakeFetch(() => {
    const response = new Response(body, { status })
    if (type === '') response.headers.delete('content-type')
    else response.headers.set('content-type', type)
    return response
  })
  expect((await createClient(at, { fetch }).routes.get('/')).body).toEqual(read)
})

describe('a failed request is sent again', () => {
  it.each([
    ['a predict without an answer', 'predict', broken],
    ['a predict whose answer broke off', 'predict', cutShort],
    ['a get without an answer', 'get', broken],
    ['a get that a proxy answered', 'get', json({}, 502)],
    ['a post that was refused', 'post', problem(503, 'overloaded', { 'retry-after': '1' })],
  ] as const)('%s', async (_, kind, step) => {
    const { fetch, asked } = fakeFetch(step, step, json('at last'))
    const call = createClient(at, { fetch }).routes[kind]('/a', { body: 1 })
    expect((await settled(call)).body).toBe('at last')
    expect(asked).toHaveLength(3)
  })

  it('also a post, if its caller says so', async () => {
    const { fetch, asked } = fakeFetch(broken, json('at last'))
    await settled(createClient(at, { fetch }).routes.post('/a', { body: 1, retry: true }))
    expect(asked).toHaveLength(2)
  })

  it.each([
    ['a post without an answer', 'post', {}, broken, 'no_answer'],
    ['a post whose answer broke off', 'post', {}, cutShort, 'no_answer'],
    ['a post that may have been carried out', 'post', {}, problem(502, 'answer_unknown'), 'answer_unknown'],
    ['a post that another server refused', 'post', {}, json({}, 503, { 'retry-after': '1' }), 'http_error'],
    ['a get that must not be repeated', 'get', { retry: false }, broken, 'no_answer'],
    ['a predict that is wrong', 'predict', {}, problem(400, 'bad_body'), 'bad_body'],
    ['what may not be retried at all', 'predict', { retries: 0 }, broken, 'no_answer'],
  ] as const)('but not %s', async (_, kind, call, step, code) => {
    const { fetch, asked } = fakeFetch(step)
    const failure = settled(createClient(at, { fetch }).routes[kind]('/a', { body: 1, ...call }))
    expect(await failureOf(failure)).toMatchObject({ code, attempts: 1 })
    expect(asked).toHaveLength(1)
  })

  it('after Retry-After, and not if that is too late', async () => {
    const busy = problem(503, 'overloaded', { 'retry-after': '2' })
    const { fetch } = fakeFetch(busy, json('at last'), busy)
    const { routes } = createClient(at, { fetch })
    const begunMs = Date.now()
    await settled(routes.post('/a', { body: 1 }))
    expect(Date.now() - begunMs).toBeGreaterThanOrEqual(2_000)
    expect(Date.now() - begunMs).toBeLessThan(2_200)
    const late = routes.post('/a', { body: 1, timeoutMs: 1_900 })
    // Without time passing: it does not wait for what cannot succeed.
    expect(await failureOf(late)).toMatchObject({ code: 'overloaded', status: 503, attempts: 1 })
  })
})

describe('an error', () => {
  it('has the problem that the server tells', async () => {
    const { fetch } = fakeFetch(
      problem(400, 'bad_body', { 'x-model-version': 'names@7', 'x-request-id': 'r1' }),
    )
    const error = await failureOf(createClient(at, { fetch }).routes.predict('/a', { body: 1 }))
    expect(error).toBeInstanceOf(ClientError)
    expect(error).toMatchObject({
      name: 'ClientError',
      message: 'POST http://127.0.0.1:8086/a answered 400: it is bad_body',
      code: 'bad_body',
      status: 400,
      problem: { type: 'urn:changeover:error:bad_body', detail: 'it is bad_body' },
      versions: { names: '7' },
      requestId: 'r1',
    })
  })

  it.each([
    [{ error: 'no model of this name' }, 404, 'answered 404: no model of this name'],
    [{ detail: 5, error: {} }, 404, 'answered 404: {"detail":5,"error":{}}'],
    [{ title: 'Gone', detail: 'no more' }, 410, 'answered 410: no more'],
    [null, 500, 'answered 500: null'],
  ])('reads %j', async (body, status, message) => {
    const { fetch } = fakeFetch(json(body, status))
    const error = await failureOf(createClient(at, { fetch }).routes.get('/a'))
    expect(error).toMatchObject({
      code: 'http_error',
      status,
      body,
      message: `GET http://127.0.0.1:8086/a ${message}`,
    })
  })

  it('reads what a proxy writes, whatever type it says', async () => {
    const { fetch } = fakeFetch(
      () => new Response('<h1>Bad', { status: 400, headers: { 'content-type': 'application/json' } }),
    )
    const error = await failureOf(createClient(at, { fetch }).routes.get('/a'))
    expect(error).toMatchObject({ code: 'http_error', body: '<h1>Bad' })
  })

  it('says where a redirect leads, and does not follow it', async () => {
    const { fetch } = fakeFetch(
      () => new Response(null, { status: 308, headers: { location: 'https://b/' } }),
    )
    const error = await failureOf(createClient(at, { fetch }).routes.predict('/a', { body: 1 }))
    expect(error).toMatchObject({ code: 'redirected', status: 308, location: 'https://b/' })
  })

  it('is thrown for JSON that is none, and it is not sent again', async () => {
    const { fetch } = fakeFetch(() => new Response('{', { headers: { 'content-type': 'application/json' } }))
    const error = await failureOf(createClient(at, { fetch }).routes.get('/a'))
    expect(error).toMatchObject({ code: 'bad_answer', status: 200, body: '{' })
  })

  it('says why there was no answer', async () => {
    const { fetch } = fakeFetch(broken)
    const error = await failureOf(createClient(at, { fetch, retries: 0 }).routes.get('/a'))
    expect(error).toMatchObject({ code: 'no_answer', status: undefined, versions: {} })
    expect(String(error)).toContain('GET http://127.0.0.1:8086/a got no answer: Error: ECONNRESET')
  })
})

describe('time', () => {
  it('is for all attempts together', async () => {
    const { fetch, asked } = fakeFetch(broken, silent)
    const begunMs = Date.now()
    const error = await failureOf(settled(createClient(at, { fetch, timeoutMs: 500 }).routes.get('/a')))
    expect(error).toMatchObject({ code: 'timed_out', status: undefined, attempts: 2 })
    expect(Date.now() - begunMs).toBe(500)
    expect(asked).toHaveLength(2)
  })

  it('is also for the body of an answer', async () => {
    const { fetch } = fakeFetch(({ signal }) => {
      const body = new ReadableStream({
        start: (controller) => signal.addEventListener('abort', () => controller.error(new Error('aborted'))),
      })
      return new Response(body, { headers: { 'content-type': 'text/plain' } })
    })
    const error = await failureOf(settled(createClient(at, { fetch, timeoutMs: 500 }).routes.get('/a')))
    expect(error).toMatchObject({ code: 'timed_out', attempts: 1 })
  })

  it('leaves no timer behind', async () => {
    const { fetch } = fakeFetch(json(1), problem(400, 'bad_body'))
    const { routes } = createClient(at, { fetch })
    await routes.get('/a')
    await failureOf(routes.get('/a'))
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a signal', () => {
  it.each([
    ['before the call', undefined],
    ['while there is no answer', silent],
    ['while it waits to retry', problem(503, 'overloaded', { 'retry-after': '5' })],
  ])('ends the call with its own reason: %s', async (_, step) => {
    const { fetch, asked } = fakeFetch(...(step === undefined ? [] : [step]))
    const controller = new AbortController()
    const reason = new Error('the page was left')
    if (step === undefined) controller.abort(reason)
    const call = failureOf(createClient(at, { fetch }).routes.get('/a', { signal: controller.signal }))
    await vi.advanceTimersByTimeAsync(10)
    controller.abort(reason)
    expect(await call).toBe(reason)
    expect(asked).toHaveLength(step === undefined ? 0 : 1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('that outlives the call is not held on to', async () => {
    const { fetch } = fakeFetch(json(1))
    const { signal } = new AbortController()
    const removed = vi.spyOn(signal, 'removeEventListener')
    const added = vi.spyOn(signal, 'addEventListener')
    await createClient(at, { fetch }).routes.get('/a', { signal })
    expect(removed.mock.calls).toEqual(added.mock.calls)
  })
})

describe('models', () => {
  const rows = [
    { labels: ['name', 'other'], probabilities: [0.75, 0.25] },
    { labels: [], probabilities: [] },
  ]
  const read = [[{ label: 'name', probability: 0.75 }, { label: 'other', probability: 0.25 }], []] // prettier-ignore

  it('predict one text, or several', async () => {
    const { fetch, asked } = fakeFetch(json({ predictions: rows.slice(0, 1) }), json({ predictions: rows }))
    const { predict } = createClient(at, { fetch })
    expect((await predict('names', '您贵姓', { k: 2, threshold: 0.1 })).body).toEqual(read[0])
    expect((await predict('a/b', ['您贵姓', ''], { version: '7' })).body).toEqual(read)
    expect(asked.map(({ url, body }) => [url, JSON.parse(body ?? '') as unknown])).toEqual([
      [
        'http://127.0.0.1:8086/v1/models/names:predict',
        { instances: ['您贵姓'], parameters: { k: 2, threshold: 0.1 } },
      ],
      [
        'http://127.0.0.1:8086/v1/models/a%2Fb/versions/7:predict',
        { instances: ['您贵姓', ''], parameters: {} },
      ],
    ])
  })

  it('explain one text, or several', async () => {
    const why = [{ label: 'name', probability: 1, score: 3, contributions: [] }]
    const { fetch, asked } = fakeFetch(json({ explanations: [why] }), json({ explanations: [why, why] }))
    const { explain } = createClient(at, { fetch })
    expect((await explain('names', '您贵姓', { limit: 2 })).body).toEqual(why)
    expect((await explain('names', ['a', 'b'])).body).toEqual([why, why])
    expect(asked[0]).toMatchObject({ url: 'http://127.0.0.1:8086/v1/models/names:explain' })
  })

  it('infer by the Open Inference Protocol', async () => {
    const inferred = { model_name: 'names', model_version: '7', outputs: [] }
    const { fetch, asked } = fakeFetch(broken, json(inferred))
    const request = { inputs: [{ name: 'text', shape: [1], datatype: 'BYTES', data: ['您贵姓'] }] }
    const call = createClient(at, { fetch }).infer('names', request, { version: '7' })
    expect((await settled(call)).body).toEqual(inferred)
    expect(asked[1]).toMatchObject({ url: 'http://127.0.0.1:8086/v2/models/names/versions/7/infer', body: JSON.stringify(request) }) // prettier-ignore
  })

  it.each([{ predictions: [] }, { predictions: 1 }, [], null, 'text', { predictions: [{}] }])(
    'an answer of another server is refused: %j',
    async (body) => {
      const { fetch } = fakeFetch(json(body))
      expect(await failureOf(createClient(at, { fetch }).predict('names', 'a'))).toMatchObject({
        code: 'bad_answer',
      })
    },
  )
})

test('any request can be sent, and its answer is read as text', async () => {
  const { fetch, asked } = fakeFetch(
    json({ a: 1 }),
    () => new Response(new Uint8Array([0xe7, 0xad, 0x94])),
    broken,
  )
  const { send } = createClient(at, { fetch })
  expect((await send('POST', '/any?a=1', { body: '{"b": 1}' })).body).toBe('{"a":1}')
  expect((await send('GET', '/any')).body).toBe('答')
  expect(await failureOf(send('POST', '/any', { body: '' }))).toMatchObject({ attempts: 1 })
  expect(asked[0]).toMatchObject({ url: 'http://127.0.0.1:8086/any?a=1', body: '{"b": 1}' })
})

test.each([
  ['http://127.0.0.1:8086', 'http://127.0.0.1:8086/a'],
  ['https://a.example/api//', 'https://a.example/api/a'],
  ['/api', '/api/a'],
  ['/', '/a'],
  ['', '/a'],
])('paths are under %j', async (url, target) => {
  const { fetch, asked } = fakeFetch(json(1))
  await createClient(url, { fetch }).routes.get('/a')
  expect(asked[0]?.url).toBe(target)
})

test.each(['127.0.0.1:8086', 'ftp://a', 'http://a/?b=1', 'http://a/#b', '//a', 'http://', 'names'])(
  'a client cannot be made for %j',
  (url) => expect(() => createClient(url)).toThrow(/a client cannot be made for/),
)

test.each([
  { timeoutMs: 0 },
  { timeoutMs: Infinity },
  { timeoutMs: Number.NaN },
  { retries: -1 },
  { retries: 1.5 },
])('the option %j is refused, of a client and of a call', async (options) => {
  expect(() => createClient(at, options)).toThrow(TypeError)
  const { fetch, asked } = fakeFetch()
  expect(await failureOf(createClient(at, { fetch }).routes.get('/a', options))).toBeInstanceOf(TypeError)
  expect(asked).toEqual([])
})
