import { Type } from '#typebox'
import { expect, test } from 'vitest'

import type { Routes } from './define-service.ts'
import { defineService } from './define-service.ts'

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
    /does not take examples: it takes body, answerTimeoutMs/,
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
