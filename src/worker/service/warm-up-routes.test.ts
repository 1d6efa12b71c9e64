import { expect, test } from 'vitest'

import type { LinkRequest } from '../../ipc/index.ts'
import type { Route } from './define-service.ts'
import { warmUpRoutes } from './warm-up-routes.ts'

const routeOf = (path: string, examples: Route['examples']): Route => ({
  method: 'POST',
  path,
  repeat: 'freely',
  answerTimeoutMs: undefined,
  bodySchema: undefined,
  answerSchema: undefined,
  paramsSchema: undefined,
  querySchema: undefined,
  examples,
  handler: () => 1,
})

const right = { status: 200, headers: '', body: '' }

test('examples are asked some hundred times as callers would ask them, without headers', async () => {
  const asked: LinkRequest[] = []
  const routes = [
    routeOf('/a/:lang(^\\w+$)/x', [{ body: { n: 1 }, params: { lang: 'zh cn' } }]),
    routeOf('/b', []),
  ]
  await warmUpRoutes(
    routes,
    (request) => (asked.push(request), right),
    () => undefined,
  )
  expect(asked).toHaveLength(300)
  expect(asked[0]).toEqual({ method: 'POST', url: '/a/zh%20cn/x', headers: '', body: Buffer.from('{"n":1}') })
})

test('one that fails is logged once and asked no more; the others go on', async () => {
  const log: string[] = []
  const asked: string[] = []
  const routes = [routeOf('/bad', [{ body: 1 }]), routeOf('/good', [{ body: 1 }])]
  const answer = ({ url }: LinkRequest) => {
    asked.push(url)
    return url === '/bad' ? { status: 500, headers: '', body: 'oh' } : right
  }
  await warmUpRoutes(routes, answer, (_, message) => void log.push(message))
  expect(log).toEqual(['an example of /bad was answered with 500: oh'])
  expect([
    asked.filter((url) => url === '/bad').length,
    asked.filter((url) => url === '/good').length,
  ]).toEqual([1, 300])
})

test('slow examples, and one that never ends, take about a second', async () => {
  const begunMs = performance.now()
  let count = 0
  const block = () => {
    const endMs = performance.now() + 50
    count++
    while (performance.now() < endMs);
    return right
  }
  await warmUpRoutes([routeOf('/slow', [{ body: 1 }])], block, () => undefined)
  expect(count).toBeGreaterThan(5)
  await warmUpRoutes(
    [routeOf('/never', [{ body: 1 }])],
    () => new Promise(() => undefined),
    () => undefined,
  )
  expect(performance.now() - begunMs).toBeLessThan(4_000)
})
