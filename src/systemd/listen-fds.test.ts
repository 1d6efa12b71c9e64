import { expect, test } from 'vitest'

import { encodeAddress } from './datagram.ts'
import { takeListenFds } from './listen-fds.ts'

test('takes the sockets that are for this process, and the variables with them', () => {
  const env = { LISTEN_PID: '7', LISTEN_FDS: '2', LISTEN_FDNAMES: 'gateway', HOME: '/' }
  expect(takeListenFds(env, 7)).toEqual([
    { fd: 3, name: 'gateway' },
    { fd: 4, name: 'unknown' },
  ])
  expect(env).toEqual({ HOME: '/' })
})

test.each([
  [{ LISTEN_PID: '8', LISTEN_FDS: '1' }],
  [{ LISTEN_FDS: '1' }],
  [{ LISTEN_PID: '7' }],
  [{ LISTEN_PID: '7', LISTEN_FDS: '-1' }],
  [{}],
])('takes none that are not: %j', (env) => {
  expect(takeListenFds(env, 7)).toEqual([])
})

test('an address is its family and its path, or a zero and its abstract name', () => {
  expect(encodeAddress('/run/a')).toEqual(Buffer.from('\x01\0/run/a\0'))
  expect(encodeAddress('@a')).toEqual(Buffer.from('\x01\0\0a'))
  for (const wrong of ['vsock:2:1', 'a', `/${'a'.repeat(107)}`])
    expect(() => encodeAddress(wrong)).toThrow(/NOTIFY_SOCKET is/)
})
