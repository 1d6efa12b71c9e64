import { expect, test } from 'vitest'

import { splitHeaders } from '../http/index.ts'
import { forwardedHeaders, plainAddress } from './forwarded-headers.ts'

const forward = (raw: readonly string[]): string[] => splitHeaders(forwardedHeaders(raw, '10.0.0.9'))

test('names the client, and believes no X-Real-IP of its own', () => {
  expect(forward(['X-Real-IP', '1.1.1.1'])).toEqual(['x-real-ip', '10.0.0.9', 'x-forwarded-for', '10.0.0.9'])
})

test('adds the client to the chain of those before it', () => {
  expect(forward(['X-Forwarded-For', '1.1.1.1', 'x-forwarded-for', '2.2.2.2'])).toEqual([
    'x-real-ip',
    '10.0.0.9',
    'x-forwarded-for',
    '1.1.1.1, 2.2.2.2, 10.0.0.9',
  ])
})

test('keeps what is meant for the service and drops what belongs to one connection', () => {
  expect(
    forward(['Connection', 'close', 'Cookie', 'a=b', 'Transfer-Encoding', 'chunked']).slice(0, 2),
  ).toEqual(['cookie', 'a=b'])
})

test('writes an IPv4 client of an IPv6 socket as IPv4', () => {
  expect(plainAddress('::ffff:127.0.0.1')).toBe('127.0.0.1')
  expect(plainAddress('::1')).toBe('::1')
})
