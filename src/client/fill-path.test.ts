import fc from 'fast-check'
import findMyWay from 'find-my-way'
import { describe, expect, it, test } from 'vitest'

import { fillPath, formatQuery } from './fill-path.ts'

/** What the service's router finds in a path. */
function route(pattern: string, path: string): Readonly<Record<string, string | undefined>> | undefined {
  const router = findMyWay({ ignoreTrailingSlash: true, ignoreDuplicateSlashes: true })
  router.on('GET', '/other/:x', () => undefined, 'another')
  router.on('GET', pattern, () => undefined, 'this')
  const found = router.find('GET', path)
  return found?.store === 'this' ? found.params : undefined
}

test.each([
  ['/a/b/', {}, '/a/b/'],
  ['/a/:id', { id: 7 }, '/a/7'],
  ['/a/:id/b/:name', { id: true, name: '名字 ?#/%' }, '/a/true/b/%E5%90%8D%E5%AD%97%20%3F%23%2F%25'],
  ['/:day-:month', { day: 1, month: 'may' }, '/1-may'],
  ['/:name.:ext', { name: 'a', ext: 'txt' }, '/a.txt'],
  ['/:id(^\\d+$)/x', { id: 7 }, '/7/x'],
  ['/:id(^(a|b)\\)$)', { id: 'a)' }, '/a)'],
  ['/a/:id?', { id: 'x' }, '/a/x'],
  ['/a/:id?', {}, '/a'],
  ['/:id?', {}, '/'],
  ['/files/*', { '*': 'a b/c' }, '/files/a%20b/c'],
  ['/a::b/:id', { id: 1 }, '/a:b/1'],
  ['/100%', {}, '/100%25'],
])('%s with %j is %s, which its router finds', (pattern, params, path) => {
  expect(fillPath(pattern, params)).toBe(path)
  const found = route(pattern, path)
  expect(found).toBeDefined()
  for (const [name, value] of Object.entries(params)) expect(found?.[name]).toBe(String(value))
})

test('any text that a path can have reaches the service as it is', () => {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(text, text, (first, second) => {
      fc.pre(first !== '.' && first !== '..' && second !== '.' && second !== '..')
      const path = fillPath('/a/:first/:second', { first, second })
      const { pathname } = new URL(path, 'http://a')
      expect(route('/a/:first/:second', pathname)).toEqual({ first, second })
    }),
  )
})

describe('what would be the path of another route is refused', () => {
  it.each([
    ['/a/:id', {}, /the parameter id of the path is undefined/],
    ['/a/:id', { id: '' }, /the parameter id of the path is empty/],
    ['/a/:id', { id: null }, /is null/],
    ['/files/*', {}, /the parameter \* of the path is undefined/],
    ['/a/:id/b', { id: '..' }, /\/a\/\.\.\/b would lead elsewhere/],
    ['/a/:id', { id: '.' }, /would lead elsewhere/],
    ['/a/.:id', { id: '.' }, /would lead elsewhere/],
    ['/files/*', { '*': 'a/../../b' }, /would lead elsewhere/],
  ])('%s with %j', (pattern, params, message) => {
    expect(() => fillPath(pattern, params)).toThrow(message)
  })
})

test('a query has each value, and lists more than once', () => {
  expect(formatQuery({ a: 1, b: ['x y', '&'], c: undefined, d: null, 名: true })).toBe(
    '?a=1&b=x%20y&b=%26&%E5%90%8D=true',
  )
  expect([formatQuery(), formatQuery({ a: undefined, b: [] })]).toEqual(['', ''])
})
