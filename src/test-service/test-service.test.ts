import { Type } from '#typebox'
import { expect, test, vi } from 'vitest'

import { defineService, HttpError, reply } from '../worker/index.ts'
import { testService } from './test-service.ts'

const service = defineService((routes) => {
  routes.predict('/v1/label', { body: Type.Object({ text: Type.String() }) }, (request) => ({
    label: request.model('topic').top(request.body.text)?.label ?? 'none',
    keys: Object.keys(request),
  }))
  routes.post('/v1/best', { body: Type.Array(Type.String()) }, ({ body, model, query }) =>
    body.map((text) => model('topic').predict(text, Number(query['k']), Number(query['min'] ?? 0))),
  )
  routes.get('/greet/:name', ({ params, headers }) => `${headers['x-greeting'] ?? 'hello'} ${params['name']}`)
  routes.get('/own', () => reply(201, { a: 1 }, { 'set-cookie': ['a=1', 'b=2'] }))
  routes.get('/nothing', () => undefined)
  routes.get('/missing', () => {
    throw new HttpError(404, 'there is no such conversation')
  })
  routes.get('/fails', () => Promise.reject(new Error('out of order')))
  routes.get('/explain', ({ model }) => model('topic').explain('a'))
  routes.post('/filtered', { body: Type.String() }, ({ body, model }) => {
    const { cut, top } = model('topic')
    return top(cut(body).filter((word) => word !== 'the'))
  })
  routes.get('/unknown', ({ model }) => model('other').version)
})

const topic = (text: string) => [
  { label: '__label__b', probability: 0.25 },
  { label: `__label__${text}`, probability: 0.75 },
]

const open = () => testService(service, { topic })
const problem = async (response: Response): Promise<unknown> => {
  const { detail } = (await response.json()) as { detail: string }
  return [response.status, response.headers.get('content-type'), detail]
}

test('a prediction route gets its body, and a function answers in place of the model', async () => {
  const app = await open()
  const answer = await app.request('/v1/label', { method: 'POST', body: { text: 'a' } })
  expect(await answer.json()).toEqual({ label: '__label__a', keys: ['body', 'params', 'model'] })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json'])
  expect(answer.headers.get('x-model-version')).toBe('topic@test')
})

test('predict of a function ranks, cuts and filters as a model does', async () => {
  const app = await open()
  const best = async (query: string): Promise<unknown> =>
    (await app.request(`/v1/best${query}`, { method: 'POST', body: ['a'] })).json()
  const [b, a] = topic('a')
  expect(await best('?k=1')).toEqual([[a]])
  expect(await best('?k=-1')).toEqual([[a, b]])
  expect(await best('?k=9&min=0.5')).toEqual([[a]])
})

test('words that a service filters come to the function as one text', async () => {
  const app = await open()
  const answer = await app.request('/filtered', {
    method: 'POST',
    body: JSON.stringify(' the  best of the rest'),
  })
  expect(await answer.json()).toEqual({ label: '__label__best of rest', probability: 0.75 })
})

test('requests and answers are those of fetch', async () => {
  const app = await open()
  const greeted = await app.request('/greet/%E5%A7%93', { headers: { 'X-Greeting': 'good day' } })
  expect(await greeted.text()).toBe('good day 姓')
  const head = await app.request('/greet/a', { method: 'HEAD' })
  expect([head.status, await head.text()]).toEqual([200, ''])
  const own = await app.request('/own')
  expect([own.status, own.headers.getSetCookie(), await own.json()]).toEqual([201, ['a=1', 'b=2'], { a: 1 }])
  expect([(await app.request('/nothing')).status, (await app.request('/nothing')).body]).toEqual([204, null])
  const form = new URLSearchParams({ text: 'a' })
  expect(await problem(await app.request('/v1/label', { method: 'POST', body: form }))).toEqual([
    415,
    'application/problem+json',
    'the body is a form (name=value); send JSON as it is',
  ])
  await expect(app.request('/own', { body: {} })).rejects.toThrow(TypeError)
  expect(await (await app.request('/')).text()).toContain('GET /greet/:name')
  expect(await (await app.request('/-/health')).json()).toEqual({ status: 'ok' })
})

test('what a worker refuses is refused with the same words', async () => {
  const app = await open()
  expect(await problem(await app.request('/v1/label', { method: 'POST', body: { text: 1 } }))).toEqual([
    400,
    'application/problem+json',
    'the body at /text must be string',
  ])
  const large = { method: 'POST', body: { text: 'a'.repeat(600_000) } }
  expect(await problem(await app.request('/v1/label', large))).toMatchObject({ 0: 413 })
  expect(await problem(await app.request('/missing'))).toMatchObject({ 2: 'there is no such conversation' })
  expect((await app.request('/nowhere')).status).toBe(404)
  const { status, headers } = await app.request('/v1/label')
  expect([status, headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
  expect(await problem(await app.request('/unknown'))).toMatchObject({
    0: 404,
    2: expect.stringContaining('no version of the model other is served') as string,
  })
})

test('an error of the service is an answer, and is printed with its stack', async () => {
  const write = vi.spyOn(console, 'error').mockReturnValue(undefined)
  try {
    const app = await open()
    expect(await problem(await app.request('/fails'))).toMatchObject({ 0: 500 })
    expect(write.mock.calls.join('')).toMatch(
      /GET \/fails failed: Error: out of order\n +at .*test-service\.test\.ts:\d+/,
    )
    expect((await app.request('/explain')).status).toBe(500)
    expect(write.mock.calls.join('')).toContain('a function in place of the model topic has no explanations')
    const wrong = await testService(service, { topic: () => [{ label: 'a' }] as never })
    await wrong.request('/v1/label', { method: 'POST', body: { text: 'a' } })
    expect(write.mock.calls.join('')).toContain(
      'must return a list of { label, probability }, not [{"label":"a"}]',
    )
  } finally {
    write.mockRestore()
  }
})

test('answers are checked against their schemas', async () => {
  const answer = Type.Object({ label: Type.String() })
  const app = await testService(
    defineService((routes) => routes.get('/a', { answer }, () => ({ label: 5 }) as never)),
  )
  expect(await problem(await app.request('/a'))).toMatchObject({
    0: 500,
    2: expect.stringContaining('the answer of GET /a at /label must be string') as string,
  })
})

test('a closed one answers what it has begun, and nothing more', async () => {
  let end: (text: string) => void = () => undefined
  const app = await testService(
    defineService((routes) => routes.get('/slow', () => new Promise((resolve) => (end = resolve)))),
  )
  const begun = app.request('/slow')
  await vi.waitFor(() => {
    expect(end).toHaveLength(1)
  })
  await app.close()
  await app.close()
  end('done')
  expect(await (await begun).text()).toBe('done')
  await expect(app.request('/slow')).rejects.toThrow('asked after close()')
})
