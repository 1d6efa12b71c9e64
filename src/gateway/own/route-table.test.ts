import { expect, test } from 'vitest'

import type { RouteSummary } from '../../contracts/index.ts'
import { RouteTable } from './route-table.ts'

const route = (path: string, more: Partial<RouteSummary> = {}): RouteSummary => ({
  method: 'POST',
  path,
  repeat: 'freely',
  answerTimeoutMs: undefined,
  ...more,
})

test('a request finds its route as the worker finds it, and of what is unknown a GET may be sent again', () => {
  const table = new RouteTable()
  table.learn([route('/a/:id', { repeat: 'never' }), route('/b', { method: 'GET', answerTimeoutMs: 9 })])
  expect(table.find('POST', '/a/7?x=1').summary.repeat).toBe('never')
  expect(table.find('POST', '/a/7/').summary.repeat).toBe('never')
  expect(table.find('HEAD', '/b').summary.answerTimeoutMs).toBe(9)
  expect(table.find('GET', '/a/7').summary.repeat).toBe('on-failure')
  expect(table.find('NONSENSE', '/b').summary.repeat).toBe('never')
  expect(table.find('POST', '/unknown').summary.repeat).toBe('never')
})

test('the service’s routes come before those that the program has by itself, also a wildcard', () => {
  const table = new RouteTable()
  const builtIn = { repeat: 'freely', isBuiltIn: true } as const
  table.learn([route('/v2/models/:model/infer', builtIn), route('/v1/models/:model', builtIn)])
  expect(table.find('POST', '/v2/models/m/infer').summary.repeat).toBe('freely')
  table.learn([
    route('/v2/models/:model/infer', builtIn),
    route('/v1/models/:model', builtIn),
    route('/v2/models/:name/infer', { repeat: 'never' }),
    route('/v1/*', { repeat: 'never' }),
  ])
  expect(table.find('POST', '/v2/models/m/infer').summary.repeat).toBe('never')
  expect(table.find('POST', '/v1/models/m:predict').summary.repeat).toBe('never')
})

test('what is known of a route’s answers outlives the worker that said its name', () => {
  const table = new RouteTable()
  table.learn([route('/a')])
  for (let i = 0; i < 100; i++) table.find('POST', '/a').answerTime.add(1)
  table.learn([route('/a', { repeat: 'never' }), route('/b')])
  const found = table.find('POST', '/a')
  expect([found.summary.repeat, found.answerTime.lateAfterMs(5_000)]).toEqual(['never', 300])
  expect(table.find('POST', '/b').answerTime.lateAfterMs(5_000)).toBe(5_000)
})

test('a worker of an older build, which does not say, is asked nothing twice', () => {
  const table = new RouteTable()
  table.learn([{ method: 'POST', path: '/a', pure: true } as unknown as RouteSummary])
  expect(table.find('POST', '/a').summary.repeat).toBe('never')
})
