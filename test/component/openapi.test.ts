import { Validator } from '@seriousme/openapi-schema-validator'
import { Type } from '#typebox'
import findMyWay, { type HTTPMethod } from 'find-my-way'
import { expect, test } from 'vitest'

import { healthPaths } from '../../src/http/index.ts'
import { builtInRoutes } from '../../src/main/run/service/built-in-routes.ts'
import type { ProtocolRoute } from '../../src/protocols/index.ts'
import type { Routes, Service } from '../../src/worker/index.ts'
import { defineService, writeDocument } from '../../src/worker/index.ts'

type Described = {
  readonly description?: string
  readonly tags: readonly string[]
  readonly parameters?: readonly {
    readonly name: string
    readonly schema: unknown
    readonly example?: string
  }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: unknown }>> }
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { schema: unknown }>> }>
  >
}
type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
}

const served = [{ model: '名字', version: '17' }, { model: 'b' }]
const ok = (): string => 'ok'

function textOf(service: Service): string {
  const builtIn = builtInRoutes(service)
  const work = writeDocument({ service, builtIn, version: '1.0', served, servers: [] })
  for (;;) {
    const { done, value } = work.next()
    if (done === true) return value
  }
}

/** The document of a service, which is valid. */
async function documentOf(declare: (routes: Routes) => void): Promise<Document> {
  const text = textOf(defineService(declare))
  const validator = new Validator({ strict: false })
  const { valid, errors } = await validator.validate(JSON.parse(text) as Record<string, unknown>)
  expect({ errors, valid }).toEqual({ errors: undefined, valid: true })
  requireTemplates(JSON.parse(text) as Document)
  return JSON.parse(text) as Document
}

/** What the validator does not see: every placeholder has its parameter and the reverse, and no reference leads nowhere. */
function requireTemplates(document: Document): void {
  for (const [path, item] of Object.entries(document.paths))
    for (const { parameters = [] } of Object.values(item)) {
      const inPath = parameters
        .filter((one) => (one as { in?: string }).in === 'path')
        .map(({ name }) => name)
      expect(inPath.sort()).toEqual((path.match(/[^{}]+(?=\})/g) ?? []).sort())
    }
  for (const [, pointer = ''] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const target = pointer
      .split('/')
      .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], document)
    expect(target, pointer).toBeDefined()
  }
}

const pathsOf = ({ paths }: Document): string[] =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, { tags }]) =>
      tags.includes('Service') ? [`${method} ${path}`] : [],
    ),
  )

test('without a route of the service, what the program answers is described', async () => {
  const document = await documentOf(() => undefined)
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining([
      '/v2/models/{model}/infer',
      '/v1/models/{model}:predict',
      '/v1/models/{model}/versions/{version}:explain',
      '/-/health',
      '/v2/health/ready',
    ]),
  )
  const { parameters } = document.paths['/v1/models/{model}/versions/{version}']?.['get'] ?? {}
  expect(document.components.schemas['ModelName']).toMatchObject({ enum: ['名字', 'b'] })
  expect(parameters).toMatchObject([
    { name: 'model', schema: { $ref: '#/components/schemas/ModelName' }, example: '名字' },
    { name: 'version', example: '17' },
  ])
})

test('all that the program answers by itself is described', async () => {
  const document = await documentOf(() => undefined)
  const builtIn = builtInRoutes(defineService(() => undefined))
  const router = findMyWay({ ignoreTrailingSlash: true })
  for (const route of builtIn) router.on(route.method, route.path, () => undefined, route)
  const described = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path.replace(/\{\w+\}/g, 'x')}`),
  )
  const routesOf = described.map((request) => {
    const [method = '', path = ''] = request.split(' ')
    return router.find(method as HTTPMethod, path)?.store as ProtocolRoute | undefined
  })
  const undescribed = builtIn.filter((route) => !routesOf.includes(route)).map(({ path }) => path)
  // The files of that page.
  expect(undescribed).toEqual(['/-/docs/:file'])
  const unrouted = described.filter((_, index) => routesOf[index] === undefined)
  expect(unrouted.sort()).toEqual(['/', ...healthPaths].map((path) => `GET ${path}`).sort())
  for (const action of ['predict', 'explain'])
    expect(described).toContain(`POST /v1/models/x/versions/x:${action}`)
})

test('1,000 routes are described, and the work is in pieces', async () => {
  const body = Type.Object({ text: Type.String() }, { $id: 'Text' })
  const declare = ({ post }: Routes): void => {
    for (let i = 0; i < 1_000; i++) post(`/v1/a${i}`, { body }, ok)
  }
  const document = await documentOf(declare)
  expect(pathsOf(document)).toHaveLength(1_000)
  expect(Object.keys(document.components.schemas).filter((name) => name.startsWith('Text_'))).toEqual([])
  const service = defineService(declare)
  const work = writeDocument({ service, builtIn: [], version: '1.0', served, servers: [] })
  let pieces = 0
  while (work.next().done !== true) pieces++
  expect(pieces).toBeGreaterThan(1_000)
})

test('a chain of 2,000 schemas that refer to each other is described in full', () => {
  const definitions = Object.fromEntries(
    Array.from({ length: 2_000 }, (_, i) => [
      `D${i}`,
      Type.Object({ next: Type.Optional(Type.Ref(`D${i + 1}`)) }),
    ]),
  )
  const body = { $defs: { ...definitions, D2000: Type.Null() }, $ref: 'D0' }
  const text = textOf(defineService(({ post }) => post('/a', { body: Type.Unsafe(body) }, ok)))
  const { schemas } = (JSON.parse(text) as Document).components
  expect(schemas['D1999']).toMatchObject({ properties: { next: { $ref: '#/components/schemas/D2000' } } })
})

test('a union whose members refer to each other many times is looked through once', () => {
  const names = Array.from({ length: 60 }, (_, i) => `U${i}`)
  const definitions = Object.fromEntries(
    names.map((name, i) => [name, { anyOf: [...names.slice(i + 1).map(($ref) => ({ $ref })), Type.Null()] }]),
  )
  const answer = Type.Unsafe<string>({ $defs: definitions, $ref: 'U0' })
  const text = textOf(defineService(({ get }) => get('/a', { answer }, ok)))
  const { responses } = (JSON.parse(text) as Document).paths['/a']?.['get'] ?? {}
  expect(Object.keys(responses?.['200']?.content ?? {})).toEqual(['application/json'])
})

test('a schema that contains itself as an object does not hide the others', async () => {
  const endless: Record<string, unknown> = { type: 'object' }
  endless['properties'] = { a: endless }
  const document = await documentOf(({ get }) => {
    get('/a', { answer: Type.Unsafe<string>(endless) }, ok)
    get('/b', { answer: Type.String() }, ok)
  })
  expect(document.paths['/b']?.['get']?.responses['200']?.content).toHaveProperty('text/plain')
})

test('routes that differ in what their parameters match are one path, which names them', async () => {
  const document = await documentOf(({ get }) => {
    get('/a/:id(^\\d+$)', ok)
    get('/a/:name', ok)
  })
  expect(pathsOf(document)).toEqual(['get /a/{id}'])
  expect(document.paths['/a/{id}']?.['get']?.description).toContain('the route `/a/{name}`')
})

test('a route at a path of health is not described: no one reaches it', async () => {
  const document = await documentOf(({ get }) => get('/-/health/', ok))
  expect(pathsOf(document)).toEqual([])
  expect(document.paths['/-/health']?.['get']?.tags).toEqual(['Health'])
})

test.each([
  ['/a/:id', ['/a/{id}']],
  ['/a/:id?', ['/a/{id}', '/a']],
  ['/:id?', ['/{id}', '/']],
  ['/a/:id(^\\d+$)', ['/a/{id}']],
  ['/a/:id((?:x|y)\\))/b', ['/a/{id}/b']],
  ['/a/:from-:to', ['/a/{from}-{to}']],
  ['/a/:name.json', ['/a/{name}.json']],
  ['/at/:hour(^\\d{2})h:minute(^\\d{2})m', ['/at/{hour}h{minute}m']],
  ['/files/*', ['/files/{path}']],
  ['/a::b', ['/a:b']],
  ['/名字/:姓', ['/名字/{姓}']],
  ['/a{b}/100%', ['/a%7Bb%7D/100%25']],
  ['/twice/:a/:a', ['/twice/{a}/{a_2}']],
])('the route %s is described at %j', async (path, paths) => {
  const document = await documentOf(({ get }) => get(path, ok))
  expect(pathsOf(document)).toEqual(paths.map((one) => `get ${one}`))
})

test('a path with several methods has all of them, though their parameters have other names', async () => {
  const document = await documentOf(({ get, post }) => {
    get('/a/:id/', ok)
    post('/a/:name', { body: Type.Null(), params: Type.Object({ name: Type.Integer() }) }, ok)
    get('/v2/models/:m', ok)
  })
  expect(pathsOf(document)).toEqual(['get /a/{id}/', 'post /a/{id}/', 'get /v2/models/{m}'])
  expect(document.paths['/a/{id}/']?.['post']?.parameters).toMatchObject([
    { name: 'id', schema: { type: 'integer' } },
  ])
  expect(document.paths).not.toHaveProperty('/v2/models/{model}')
})

test('a route for all paths stands in the place of what the program answers, but for health', async () => {
  const document = await documentOf(({ get }) => get('/*', ok))
  expect(
    Object.entries(document.paths)
      .filter(([, item]) => 'get' in item)
      .map(([path]) => path),
  ).toEqual(['/{path}', '/-/health', '/v2/health/live', '/v2/health/ready'])
})

const Node = Type.Cyclic(
  { 节点: Type.Object({ v: Type.String(), kids: Type.Array(Type.Ref('节点')) }) },
  '节点',
)
const Self = Type.Object({ next: Type.Optional(Type.This()) })

test.each<[string, object, unknown]>([
  ['a tuple', Type.Tuple([Type.String(), Type.Integer()]), { prefixItems: [{ type: 'string' }, { type: 'integer' }], items: false }], // prettier-ignore
  ['an empty tuple', Type.Tuple([]), { type: 'array', items: false }],
  ['what JSON cannot have', Type.Object({ a: Type.Undefined(), b: Type.BigInt() }), { type: 'object', properties: {} }], // prettier-ignore
  ['one of which JSON can have', Type.Union([Type.Null(), Type.Undefined()]), { anyOf: [{ type: 'null' }] }],
  ['a recursive one', Node, { $ref: '#/components/schemas/Schema' }],
  ['one that is within itself', Self, { properties: { next: { $ref: '#/components/schemas/Schema' } } }],
  ['a named one', Type.Object({}, { $id: 'urn:a/b' }), { $ref: '#/components/schemas/urn_a_b' }],
  [
    'one with a strange name',
    Type.Object({}, { $id: '__proto__' }),
    { $ref: '#/components/schemas/__proto__' },
  ],
  ['what stands beside a reference', Type.Object({ a: Type.Unsafe({ $ref: '#', title: 'T' }) }), { properties: { a: { title: 'T', $ref: '#/components/schemas/Schema' } } }], // prettier-ignore
  ['a reference to an anchor', Type.Unsafe({ $defs: { A: { $anchor: 'here', type: 'null' } }, $ref: '#here' }), { $ref: '#/components/schemas/A' }], // prettier-ignore
  [
    'a reference that leads nowhere',
    Type.Object({ a: Type.Unsafe({ $ref: 'X' }) }),
    { properties: { a: {} } },
  ],
  ['an expression', Type.Unsafe({ type: 'string', pattern: /^a$/ }), { pattern: '^a$' }],
  ['texts in Chinese', Type.Object({ 姓名: Type.Literal('王') }), { properties: { 姓名: { const: '王' } } }],
])('%s is written as JSON Schema has it', async (_, schema, written) => {
  const document = await documentOf(({ post }) => post('/a', { body: schema as never }, ok))
  const { requestBody } = document.paths['/a']?.['post'] ?? {}
  expect(requestBody?.content['application/json']?.schema).toMatchObject(written as object)
})

test('schemas of the same name that differ both have one', async () => {
  const document = await documentOf(({ post }) => {
    post('/a', { body: Type.Object({ a: Type.String() }, { $id: 'T' }) }, ok)
    post('/b', { body: Type.Object({ b: Type.String() }, { $id: 'T' }) }, ok)
    post('/c', { body: Type.Object({ b: Type.String() }, { $id: 'T' }) }, ok)
  })
  expect(Object.keys(document.components.schemas).filter((name) => name.startsWith('T'))).toEqual(
    expect.arrayContaining(['T', 'T_2']),
  )
  expect(document.components.schemas).not.toHaveProperty('T_3')
})

const errors = ['application/problem+json', '*/*']
const Label = Type.Object({ label: Type.String() })

test.each<[string, object | undefined, Record<string, string[]>]>([
  ['no schema', undefined, { 200: ['*/*'], 204: [], default: errors }],
  ['an object', Label, { 200: ['application/json'], default: errors }],
  ['a text', Type.String(), { 200: ['text/plain'], default: errors }],
  ['either', Type.Union([Label, Type.Literal('none')]), { 200: ['application/json', 'text/plain'], default: errors }], // prettier-ignore
  ['an object or nothing', Type.Union([Label, Type.Undefined()]), { 200: ['application/json'], 204: [], default: errors }], // prettier-ignore
])('an answer with %s is described as it is sent', async (_, answer, statuses) => {
  const document = await documentOf(({ get }) =>
    get('/a', { ...(answer && { answer: answer as never }) }, ok as never),
  )
  const responses: Described['responses'] = document.paths['/a']?.['get']?.responses ?? {}
  const written = Object.entries(responses).filter(([, one]) => !('$ref' in one))
  expect(
    Object.fromEntries(written.map(([status, { content = {} }]) => [status, Object.keys(content)])),
  ).toEqual(statuses)
})

test('parameters are described by their schemas, and with the values of examples', async () => {
  const query = Type.Object({
    k: Type.Integer({ default: 1 }),
    all: Type.Optional(Type.Boolean()),
    q: Type.String(),
  })
  const document = await documentOf(({ get, predict }) => {
    get('/a', { query }, ok)
    predict(
      '/b/:lang(^zh|en$)',
      { body: Type.Null(), examples: [{ body: null, params: { lang: 'zh' } }] },
      ok,
    )
  })
  expect(document.paths['/a']?.['get']?.parameters).toMatchObject([
    { name: 'k', required: false },
    { name: 'all', required: false },
    { name: 'q', required: true, schema: { type: 'string' } },
  ])
  expect(document.paths['/b/{lang}']?.['post']?.parameters).toMatchObject([
    { name: 'lang', schema: { pattern: '^(?:zh|en)$' }, example: 'zh' },
  ])
})

test('what warms a route is the example of its body', async () => {
  const { paths } = await documentOf(({ predict }) =>
    predict(
      '/a',
      { body: Type.Object({ text: Type.String() }), examples: [{ body: { text: '您贵姓' } }] },
      ok,
    ),
  )
  expect(paths['/a']?.['post']).toMatchObject({
    requestBody: {
      content: { 'application/json': { examples: { 'example 1': { value: { text: '您贵姓' } } } } },
    },
  })
})
