import { expect, test } from 'vitest'

import type { ControlRoute } from './route.ts'
import { findRoute, includesRight } from './route.ts'

const route = (right: ControlRoute['right']): ControlRoute => ({ right, answer: () => Promise.resolve() })

test('a right includes itself and the lesser ones', () => {
  expect(includesRight('change', 'look')).toBe(true)
  expect(includesRight('look', 'look')).toBe(true)
  expect(includesRight('look', 'change')).toBe(false)
  expect(includesRight('none', 'look')).toBe(false)
  expect(includesRight('none', 'none')).toBe(true)
})

test('a route is found by method and path, and by its folder', () => {
  const [status, page, assets] = [route('look'), route('none'), route('none')]
  const routes = { 'GET /v1/status': status, 'GET /': page, 'GET /assets/*': assets }
  expect(findRoute(routes, 'GET', '/v1/status')).toBe(status)
  expect(findRoute(routes, 'POST', '/v1/status')).toBeUndefined()
  expect(findRoute(routes, 'GET', '/')).toBe(page)
  expect(findRoute(routes, 'GET', '/other')).toBeUndefined()
  expect(findRoute(routes, 'GET', '/assets/page.js')).toBe(assets)
  expect(findRoute(routes, 'GET', '/assets/deeper/page.js')).toBeUndefined()
})

test('what every object has is no route', () => {
  expect(findRoute({}, 'GET', '__proto__')).toBeUndefined()
  expect(findRoute(Object.create({ 'GET /': route('none') }) as object as never, 'GET', '/')).toBeUndefined()
})
