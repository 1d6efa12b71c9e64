import { Type } from '#typebox'
import { expect, test } from 'vitest'

import { checkAnswers } from './check-answers.ts'
import type { Routes } from './define-service.ts'
import { defineService } from './define-service.ts'
import { reply } from './reply.ts'

const answer = Type.Object({ label: Type.String(), at: Type.Optional(Type.String()) })

/** What a GET with that schema gives for what its handler returns. */
function answerOf(result: unknown, schema = answer): unknown {
  const { routes } = defineService(({ get }: Routes) => get('/a', { answer: schema }, () => result as never))
  const [route] = routes
  if (route === undefined) throw new Error('no route')
  return (checkAnswers(route) as (request: unknown) => unknown)({})
}

test.each([
  ['what fits', { label: 'a' }],
  ['what fits as JSON: a date is a text, what is undefined is not there', { label: 'a', at: new Date(0) }],
  ['a property that is undefined', { label: 'a', at: undefined }],
  ['a reply with 200', reply(200, { label: 'a' })],
  ['a reply with another status, which the schema does not describe', reply(404, 'none')],
  ['a reply with another type', reply(200, '<p>', { 'content-type': 'text/html' })],
  ['bytes', reply(200, Buffer.from('a'))],
])('%s is passed on as it is', (_, result) => {
  expect(answerOf(result)).toBe(result)
})

test('what comes later is checked too', async () => {
  const result = { label: 'a' }
  expect(await answerOf(Promise.resolve(result))).toBe(result)
  await expect(answerOf(Promise.resolve({ label: 1 }))).rejects.toThrow('at /label must be string')
})

test.each([
  [{ label: 5 }, /the answer of GET \/a at \/label must be string; mend the handler, or the schema/],
  [undefined, /the answer of GET \/a must be object/],
  [reply(200, {}), /must have required properties label/],
])('%j is refused, with its place', (result, message) => {
  expect(() => answerOf(result)).toThrow(message)
})

test('undefined may be described', () => {
  const maybe = Type.Union([answer, Type.Undefined()])
  expect(answerOf(undefined, maybe as never)).toBeUndefined()
})
