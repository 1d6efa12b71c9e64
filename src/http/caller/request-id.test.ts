import { expect, test } from 'vitest'

import { joinHeaders } from '../request/header-block.ts'
import { identifyRequest, makeRequestId } from './request-id.ts'

const identify = (...values: string[]): string =>
  identifyRequest(joinHeaders(values.flatMap((value) => ['x-request-id', value])))

test.each([
  'a',
  '0af7651916cd43dd8448eb211c80319c',
  'Root=1-67891233-abcdef',
  'AZaz09-._~+/=:@',
  'x'.repeat(128),
])('%s is taken', (id) => {
  expect(identify(id)).toBe(id)
})

test.each([
  ['nothing', ''],
  ['129 characters', 'x'.repeat(129)],
  ['a space', 'a b'],
  ['a quote', 'a"b'],
  ['a list', 'a,b'],
  ['a byte beyond ASCII', 'a\xe9'],
  ['a character beyond latin1', 'a名'],
  ['a control character', 'a\t'],
])('%s is replaced', (_what, id) => {
  expect(identify(id)).toMatch(/^[0-9a-f]{32}$/)
})

test('two of them are replaced, and a value that reads like the name is none', () => {
  expect(identify('a', 'b')).toMatch(/^[0-9a-f]{32}$/)
  expect(identifyRequest('cookie\nx-request-id\nx-a\nb')).toMatch(/^[0-9a-f]{32}$/)
  expect(identifyRequest(undefined)).toMatch(/^[0-9a-f]{32}$/)
})

test('no two that are made are the same, nor alike', () => {
  const ids = Array.from({ length: 10_000 }, makeRequestId)
  expect(new Set(ids).size).toBe(ids.length)
  expect(new Set(ids.map((id) => id.slice(0, 12))).size).toBe(ids.length)
  expect(new Set(ids.map((id) => id.slice(-12))).size).toBe(ids.length)
})
