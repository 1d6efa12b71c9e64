import { expect, test } from 'vitest'

import { parseTcpAddress } from './tcp-address.ts'

test.each([
  ['127.0.0.1:8087', { host: '127.0.0.1', port: 8087, isLoopback: true }],
  ['localhost:0', { host: '127.0.0.1', port: 0, isLoopback: true }],
  ['[::1]:8087', { host: '::1', port: 8087, isLoopback: true }],
  [':8087', { host: '0.0.0.0', port: 8087, isLoopback: false }],
  ['0.0.0.0:8087', { host: '0.0.0.0', port: 8087, isLoopback: false }],
  ['[::]:8087', { host: '::', port: 8087, isLoopback: false }],
  ['10.1.2.3:65535', { host: '10.1.2.3', port: 65_535, isLoopback: false }],
])('%s', (bind, expected) => {
  expect(parseTcpAddress(bind)).toEqual(expected)
})

test.each(['127.evil.example:8087', 'example.com:8087', '127.0.0.1', '1.2.3.4:65536', 'unix:/run/x', ''])(
  '%s is none',
  (bind) => {
    expect(parseTcpAddress(bind)).toBeUndefined()
  },
)
