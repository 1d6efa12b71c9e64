import { Type } from '#typebox'
import { describe, expect, expectTypeOf, it, test } from 'vitest'

import type { RouteTypes } from '../../contracts/index.ts'
import type { PathTexts, QueryTexts, Routes, Service } from './define-service.ts'
import { defineService } from './define-service.ts'
import type { Reply } from './reply.ts'
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

describe('a service carries', () => {
  type Carried<One> = One extends Service<infer Types> ? Types : never
  type Body = { n: number }

  it('the types of the routes that its callback returns', () => {
    const service = defineService((routes) => [
      routes.predict('/a', { body, examples: [{ body: { n: 1 } }] }, ({ body: { n } }) => n),
      routes.post('/b/:id', { body }, async ({ params }) => Promise.resolve(params['id'])),
      routes.get('/c', () => reply(201, 'made')),
      routes.get('/d', { retry: false }, () => reply(200, '{}', { 'Content-Type': 'application/json' })),
      ...['e'].map(() => routes.get('/e', { answerTimeoutMs: 5 }, () => undefined)),
    ])
    expect(service.routes.map(({ path }) => path)).toEqual(['/a', '/b/:id', '/c', '/d', '/e'])
    type Types = Carried<typeof service>
    type Of<Path> = Extract<Types, { path: Path }>
    expectTypeOf<Types['path']>().toEqualTypeOf<'/a' | '/b/:id' | '/c' | '/d' | '/e'>()
    expectTypeOf<Of<'/a'>>().toEqualTypeOf<{
      kind: 'predict'
      path: '/a'
      body: Body
      params: PathTexts
      query: undefined
      answer: number
      retry: true
    }>()
    expectTypeOf<Of<'/b/:id'>>().toEqualTypeOf<{
      kind: 'post'
      path: '/b/:id'
      body: Body
      params: PathTexts
      query: QueryTexts
      answer: string | undefined
      retry: false
    }>()
    expectTypeOf<Of<'/c'>['answer']>().toEqualTypeOf<Reply<201, string>>()
    expectTypeOf<Of<'/c'>['retry']>().toEqualTypeOf<true>()
    expectTypeOf<Of<'/d'>['answer']>().toEqualTypeOf<Reply<200>>()
    expectTypeOf<Of<'/d'>['retry']>().toEqualTypeOf<false>()
    expectTypeOf<Of<'/e'>['kind']>().toEqualTypeOf<'get'>()
    expectTypeOf<Of<'/e'>['answer']>().toEqualTypeOf<undefined>()
    expectTypeOf<Of<'/e'>['retry']>().toEqualTypeOf<true>()
  })

  it('what its schemas say, and the replies that they do not describe', () => {
    const answer = Type.Object({ kind: Type.Union([Type.Literal('name'), Type.Literal('other')]) })
    const params = Type.Object({ id: Type.Integer() })
    const query = Type.Object({ all: Type.Optional(Type.Boolean()) })
    const service = defineService((routes) => [
      routes.predict('/a/:id', { body, answer, params }, ({ params: { id } }) =>
        id === 0 ? reply(404, 'none') : { kind: 'name' },
      ),
      routes.post('/b', { body, answer, query }, () => Promise.resolve({ kind: 'other' as const })),
      routes.get('/c/:id', { answer, params, query, retry: true }, () => ({ kind: 'name' })),
    ])
    expect(service.routes).toHaveLength(3)
    type Types = Carried<typeof service>
    type Answer = { kind: 'name' | 'other' }
    expectTypeOf<Extract<Types, { kind: 'predict' }>>().toEqualTypeOf<{
      kind: 'predict'
      path: '/a/:id'
      body: Body
      params: { id: number }
      query: undefined
      answer: Answer | Reply<404, string>
      retry: true
    }>()
    expectTypeOf<Extract<Types, { kind: 'post' }>['answer']>().toEqualTypeOf<Answer>()
    expectTypeOf<Extract<Types, { kind: 'post' }>['query']>().toEqualTypeOf<{ all?: boolean }>()
    expectTypeOf<Extract<Types, { kind: 'get' }>['answer']>().toEqualTypeOf<Answer>()
    expectTypeOf<Extract<Types, { kind: 'get' }>['params']>().toEqualTypeOf<{ id: number }>()
  })

  it('those of its only route, if the callback returns that', () => {
    const service = defineService((routes) => routes.get('/a', handler))
    expect(service.routes).toHaveLength(1)
    expectTypeOf<Carried<typeof service>['path']>().toEqualTypeOf<'/a'>()
  })

  it('none if the callback returns none, or something else', () => {
    const silent = defineService((routes) => {
      routes.get('/a', handler)
    })
    const other = defineService((routes) => ['/a', '/b'].forEach((path) => void routes.get(path, handler)))
    const none = defineService(() => [])
    expect([silent, other, none].map(({ routes }) => routes.length)).toEqual([1, 2, 0])
    expectTypeOf<typeof silent>().toEqualTypeOf<Service>()
    expectTypeOf<typeof other>().toEqualTypeOf<Service>()
    expectTypeOf<typeof none>().toEqualTypeOf<Service>()
    expectTypeOf<Carried<typeof silent>>().toEqualTypeOf<RouteTypes>()
  })
})
