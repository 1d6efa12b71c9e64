import { Type } from '#typebox'
import { expect, test } from 'vitest'

import type { Routes } from './define-service.ts'
import { defineService } from './define-service.ts'
import { reply } from './reply.ts'

const body = Type.Object({ n: Type.Integer() })
const handler = (): number => 1

const repeatOf = (declare: (routes: Routes) => void): string[] =>
  defineService(declare).routes.map(({ repeat }) => repeat)

test('a route’s kind says how often its function may run', () => {
  expect(
    repeatOf((routes) => {
      routes.predict('/a', { body }, handler)
      routes.post('/b', { body }, handler)
      routes.get('/c', handler)
      routes.get('/d', { retry: false }, handler)
      routes.get('/e', { answerTimeoutMs: 5 }, handler)
    }),
  ).toEqual(['freely', 'never', 'on-failure', 'never', 'on-failure'])
})

test.each([
  [
    'pure, with what to write now',
    { body, pure: true },
    /routes\.post\('\/a'\) does not take pure: write routes\.predict .* routes\.post/,
  ],
  [
    'examples, which would run it',
    { body, examples: [] },
    /does not take examples: it takes body, answer, params, query, answerTimeoutMs/,
  ],
])('a post refuses %s', (_, options, message) => {
  expect(() => defineService((routes) => routes.post('/a', options, handler))).toThrow(message)
})

test('an example that does not fit the schema is refused by its number', () => {
  const examples = [{ body: { n: 1 } }, { body: { n: 'one' as unknown as number } }]
  expect(() => defineService((routes) => routes.predict('/a', { body, examples }, handler))).toThrow(
    /example 2 of routes\.predict\('\/a'\) does not fit/,
  )
})

test('an example with a parameter that does not fit is refused', () => {
  const options = { body, params: Type.Object({ id: Type.Integer() }), examples: [{ body: { n: 1 } }] }
  expect(() => defineService((routes) => routes.predict('/a/:id', options, handler))).toThrow(
    /example 1 of routes\.predict\('\/a\/:id'\) does not fit: .* required properties id/,
  )
})

test('the types of a handler follow from the schemas', () => {
  const answer = Type.Object({ label: Type.String() })
  const params = Type.Object({ id: Type.Integer() })
  const query = Type.Object({ all: Type.Optional(Type.Boolean()) })
  const { routes } = defineService(({ predict, post, get }) => {
    predict('/a', { body, answer }, ({ body: { n } }) => ({ label: n.toFixed() }))
    predict('/b', { body, answer }, () => Promise.resolve({ label: 'a' }))
    predict('/c', { body, answer }, () => reply(404, 'none'))
    predict('/d', { body }, ({ params: { id } }) => id)
    // @ts-expect-error -- an answer without the property of the schema
    predict('/e', { body, answer }, () => ({ lable: 'a' }))
    // @ts-expect-error -- nor later
    post('/f', { body, answer }, () => Promise.resolve(5))
    post('/g/:id', { body, params, query }, ({ params: { id }, query: { all } }) => [id + 1, all === true])
    get('/h', { answer }, () => ({ label: 'a' }))
    get('/i/:id', { params }, ({ params: { id } }) => id.toFixed())
    get('/j', ({ query: { text } }) => text?.trim())
  })
  expect(routes).toHaveLength(10)
})
