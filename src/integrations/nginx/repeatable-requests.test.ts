import fc from 'fast-check'
import type { HTTPMethod } from 'find-my-way'
import findMyWay from 'find-my-way'
import { expect, test } from 'vitest'

import type { DeclaredRoute } from './describe-nginx.ts'
import { repeatMap } from './repeatable-requests.ts'

/** What nginx makes of the map: the first line that matches decides. */
function mayRepeat(routes: readonly DeclaredRoute[], method: string, url: string): boolean {
  const lines = repeatMap(routes).block ?? []
  const found = lines.find(
    ({ name }) => name.startsWith('~') && new RegExp(name.slice(1)).test(`${method} ${url}`),
  )
  return found?.args[0] === 'yes'
}

/** The route that the service's router finds, as the worker has it. */
function findRoute(routes: readonly DeclaredRoute[], method: string, url: string): DeclaredRoute | undefined {
  const router = findMyWay({ ignoreTrailingSlash: true, ignoreDuplicateSlashes: true })
  for (const route of routes) router.on(route.method as HTTPMethod, route.path, () => undefined, route)
  const found = router.find((method === 'HEAD' ? 'GET' : method) as HTTPMethod, url)
  return (found?.store as DeclaredRoute | undefined) ?? undefined
}

const predict: DeclaredRoute = { method: 'POST', path: '/v1/is_name_question/', repeat: 'freely' }
const post: DeclaredRoute = { method: 'POST', path: '/v1/feedback', repeat: 'never' }
const posts: DeclaredRoute = { method: 'POST', path: '/v1/:kind/:id?', repeat: 'never' }
const get: DeclaredRoute = { method: 'GET', path: '/tickets/:id', repeat: 'on-failure' }
const routes = [predict, post, posts, get]

test.each([
  ['POST', '/v1/is_name_question/', true],
  ['POST', '/v1/is_name_question', true],
  ['POST', '/v1/is_name_question/?a=1', true],
  ['POST', '/v1/is_name_question/x', false],
  ['POST', '/v1/x/../is_name_question/', false],
  ['GET', '/v1/is_name_question/', false],
  ['POST', '/v1/feedback', false],
  ['POST', '/v1/feedback/', false],
  ['POST', '//v1/feedback', false],
  ['POST', '/v1/f%65edback', false],
  ['POST', '/v1/.', false],
  ['POST', '/v1/..', false],
  ['POST', '/v1/%2e%2e', false],
  ['GET', '/tickets/7', true],
  ['HEAD', '/tickets/7?x', true],
  ['GET', '/tickets/..', false],
  ['GET', '/tickets/%2e%2e', false],
  ['GET', '/', true],
  ['HEAD', '/-/health', true],
  ['DELETE', '/', false],
  ['GET', '/unknown', false],
])('%s %s: %s', (method, url, expected) => {
  expect(mayRepeat(routes, method, url)).toBe(expected)
})

test('a GET / of the service’s own counts, and so does one for everything', () => {
  expect(mayRepeat([{ method: 'GET', path: '/', repeat: 'never' }], 'GET', '/')).toBe(false)
  expect(mayRepeat([{ method: 'GET', path: '/*', repeat: 'never' }], 'GET', '/')).toBe(false)
})

test('a path of other letters is known by its escapes', () => {
  const { block = [] } = repeatMap([{ method: 'POST', path: '/分类', repeat: 'freely' }])
  expect(block.map(({ name }) => name)).toContain('~^POST /(?i:%E5%88%86%E7%B1%BB)/?(\\?|$)')
})

const word = fc.constantFrom('a', 'b', 'ab', 'a.b', 'v1')
const routeSegment = fc.oneof(
  word,
  word.map((name) => `:${name.replace('.', '')}`),
)
const routePath = fc
  .tuple(fc.array(routeSegment, { maxLength: 3 }), fc.constantFrom('', '/', '/*', '/:last?'))
  .map(([segments, end]) => {
    // A parameter's name may stand once in a path.
    const named = segments.map((segment, i) => (segment.startsWith(':') ? `${segment}${i}` : segment))
    return `/${named.join('/')}${named.length === 0 ? end.replace(/^\//, '') : end}`
  })
const route = fc.record({
  method: fc.constantFrom('GET', 'POST'),
  path: routePath,
  repeat: fc.constantFrom('freely', 'on-failure', 'never'),
}) as fc.Arbitrary<DeclaredRoute>
const urlSegment = fc.oneof(word, fc.constantFrom('', '.', '..', '%2e%2e', '%61', 'a%2fb', 'x', 'a;b', 'a b'))
const url = fc
  .tuple(fc.array(urlSegment, { maxLength: 5 }), fc.constantFrom('', '/', '?q=/a', '//'))
  .map(([segments, end]) => `/${segments.join('/')}${end}`)

test('property: a request that the router takes to a route that may not be repeated is never repeated', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(route, {
        selector: ({ method, path }) => `${method} ${path}`,
        minLength: 1,
        maxLength: 5,
      }),
      fc.constantFrom('GET', 'POST', 'HEAD'),
      url,
      (declared, method, target) => {
        let found: DeclaredRoute | undefined
        try {
          found = findRoute(declared, method, target)
        } catch {
          // Two routes that the router takes for the same: no service has them.
          fc.pre(false)
        }
        if (found?.repeat === 'never') expect(mayRepeat(declared, method, target)).toBe(false)
      },
    ),
    { numRuns: 5_000 },
  )
})
