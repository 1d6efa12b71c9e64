import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'

import { afterEach, expect, test } from 'vitest'

import { listenOnTcp } from './listen-on-tcp.ts'

const servers = [createServer(), createServer()] as const
afterEach(() => {
  for (const server of servers) server.close()
})

test('a port that is in use, and an address that is not here, are told with the key', async () => {
  const [first, second] = servers
  await listenOnTcp(first, { host: '127.0.0.1', port: 0 }, 'metrics.bind')
  const { port } = first.address() as AddressInfo
  await expect(listenOnTcp(second, { host: '127.0.0.1', port }, 'metrics.bind')).rejects.toMatchObject({
    code: 'port_in_use',
    message: expect.stringContaining(`metrics.bind 127.0.0.1:${port} is in use`) as unknown,
  })
  await expect(listenOnTcp(second, { host: '192.0.2.1', port: 0 }, 'control.bind')).rejects.toMatchObject({
    code: 'bind_failed',
    message: expect.stringContaining('control.bind 192.0.2.1:0') as unknown,
  })
})

test('a connection that cannot be accepted later ends nothing', async () => {
  const [server] = servers
  await listenOnTcp(server, { host: '127.0.0.1', port: 0 }, 'metrics.bind')
  for (let count = 0; count < 2; count++) server.emit('error', new Error('accept EMFILE'))
  expect(server.listening).toBe(true)
})
