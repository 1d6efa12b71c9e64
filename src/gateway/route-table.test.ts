import { expect, test } from 'vitest'

import type { RouteSummary } from '../contracts/index.ts'
import { RouteTable } from './route-table.ts'

const route = (path: string, more: Partial<RouteSummary> = {}): RouteSummary => ({
  method: 'POST',
  path,
  pure: true,
  answerTimeoutMs: undefined,
  ...more,
})

test('a request finds its route as the worker finds it, and what is unknown may be asked twice', () => {
  const table = new RouteTable()
  table.learn([route('/a/:id', { pure: false }), route('/b', { method: 'GET', answerTimeoutMs: 9 })])
  expect(table.find('POST', '/a/7?x=1').summary.pure).toBe(false)
  expect(table.find('POST', '/a/7/').summary.pure).toBe(false)
  expect(table.find('HEAD', '/b').summary.answerTimeoutMs).toBe(9)
  expect(table.find('GET', '/a/7').summary.pure).toBe(true)
  expect(table.find('NONSENSE', '/b').summary.pure).toBe(true)
})

test('what is known of a route’s answers outlives the worker that said its name', () => {
  const table = new RouteTable()
  table.learn([route('/a')])
  for (let i = 0; i < 100; i++) table.find('POST', '/a').answerTime.add(1)
  table.learn([route('/a', { pure: false }), route('/b')])
  const found = table.find('POST', '/a')
  expect([found.summary.pure, found.answerTime.lateAfterMs(5_000)]).toEqual([false, 300])
  expect(table.find('POST', '/b').answerTime.lateAfterMs(5_000)).toBe(5_000)
})
