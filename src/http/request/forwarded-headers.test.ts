import { expect, test } from 'vitest'

import { forwardedHeaders, receivedHeaders } from './forwarded-headers.ts'
import { joinHeaders, splitHeaders } from './header-block.ts'

const forward = (headers: readonly string[]): string[] =>
  splitHeaders(forwardedHeaders(joinHeaders(headers), '10.0.0.9'))

test('names the client, and believes no X-Real-IP of its own', () => {
  expect(forward(['x-real-ip', '1.1.1.1'])).toEqual(['x-real-ip', '10.0.0.9', 'x-forwarded-for', '10.0.0.9'])
})

test('adds the client to the chain of those before it', () => {
  expect(forward(['x-forwarded-for', '1.1.1.1', 'x-forwarded-for', '2.2.2.2'])).toEqual([
    'x-real-ip',
    '10.0.0.9',
    'x-forwarded-for',
    '1.1.1.1, 2.2.2.2, 10.0.0.9',
  ])
})

test('keeps all else as it is, values that read like those names too', () => {
  const others = ['cookie', 'x-real-ip', 'x-note', 'x-forwarded-for', 'x-empty', '']
  const added = ['x-real-ip', '10.0.0.9', 'x-forwarded-for', '10.0.0.9']
  expect(forward(others)).toEqual([...others, ...added])
  expect(forward([])).toEqual(added)
})

test.each(['127.0.0.1', '127.1.2.3', '::1', 'unknown'])('a proxy at %s is believed', (address) => {
  const said = joinHeaders(['x-real-ip', '1.1.1.1', 'x-forwarded-for', '2.2.2.2, 1.1.1.1'])
  expect(receivedHeaders(said, address)).toBe(said)
  expect(receivedHeaders('x-forwarded-for\n2.2.2.2', address)).toBe(
    `x-real-ip\n${address}\nx-forwarded-for\n2.2.2.2, ${address}`,
  )
})

test.each(['10.0.0.9', '1127.0.0.1', 'fe80::1', '12.7.0.1'])('a client at %s is not', (address) => {
  const said = joinHeaders(['x-real-ip', '1.1.1.1', 'x-forwarded-for', '127.0.0.1'])
  expect(receivedHeaders(said, address)).toBe(`x-real-ip\n${address}\nx-forwarded-for\n127.0.0.1, ${address}`)
})
