import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, describe, expect, test } from 'vitest'

import { missingComponents } from '../../harness/real-components.ts'
import { until } from '../../harness/until.ts'
import { startServe } from '../support/serve.ts'
import { startStack } from '../support/stack.ts'

const service = `
import { defineService } from 'changeover'
export default defineService((routes) => {
  routes.get('/quick', () => 'here')
  routes.get('/slow', () => {
    console.error('slow is asked')
    return new Promise((resolve) => setTimeout(() => resolve('at last'), 4_000))
  })
})`

const cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const one of cleanUp.splice(0)) await one()
})

/** `accepted`, or the code of the error. */
const connectTo = (address: string): Promise<string> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(address)
    const socket = connect(Number(port), hostname)
    socket.once('connect', () => {
      socket.destroy()
      resolve('accepted')
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown'))
  })

const ask = (url: string): Promise<number> =>
  fetch(url, { headers: { connection: 'close' } }).then(
    ({ status }) => status,
    () => 0,
  )

/** While a slow request is in flight: what new callers get during a stop by TERM. */
async function stopUnderWay(address: string, log: () => string, terminate: () => void): Promise<void> {
  const slow = fetch(`${address}/slow`).then((response) => response.text())
  let isAnswered = false
  void slow.finally(() => (isAnswered = true))
  await until('it is under way', () => log().includes('slow is asked'))
  terminate()
  await until('the health check says so', async () => (await ask(`${address}/-/health`)) === 503)
  expect(await ask(`${address}/quick`)).toBe(200)
  await until('a new caller is not accepted', async () => (await connectTo(address)) !== 'accepted')
  const said = await Promise.all(Array.from({ length: 20 }, () => connectTo(address)))
  expect(new Set(said)).toEqual(new Set(['ECONNREFUSED']))
  expect(isAnswered).toBe(false)
  expect(await slow).toBe('at last')
}

describe('a stop', () => {
  const missing = missingComponents('nginx')
  test.for(['own', 'nginx'] as const)(
    'of a stack with the gateway %s refuses new callers at once, after the delay, and answers what it has',
    async (gatewayKind, { skip }) => {
      skip(gatewayKind === 'nginx' && missing !== false, String(missing))
      const stack = await startStack({ service, gatewayKind, config: 'shutdownDelayMs: 600' })
      cleanUp.push(() => stack.stop())
      await stopUnderWay(stack.gateway, stack.log, () => stack.supervisor.kill('SIGTERM'))
      expect(await stack.stop()).toBe(0)
      for (const address of [stack.primary, stack.backup])
        expect(await connectTo(address)).toBe('ECONNREFUSED')
    },
  )

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'that is delayed for minutes goes on at once when %s is sent to it',
    async (signal) => {
      const stack = await startStack({ service, config: 'shutdownDelayMs: 600000' })
      cleanUp.push(() => stack.stop())
      const slow = fetch(`${stack.gateway}/slow`).then((answer) => answer.text())
      stack.supervisor.kill('SIGTERM')
      await until('balancers are told', async () => (await fetch(`${stack.gateway}/-/health`)).status === 503)
      expect((await fetch(`${stack.gateway}/v2/health/live`)).status).toBe(200)
      stack.supervisor.kill(signal)
      await until('it has ended', () => stack.supervisor.exitCode !== null)
      expect(stack.supervisor.exitCode).toBe(0)
      expect(await slow).toBe('at last')
    },
  )

  test('of an instance alone does the same', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'changeover-stop-'))
    cleanUp.push(() => rmSync(folder, { recursive: true, force: true }))
    writeFileSync(join(folder, 'service.ts'), service)
    writeFileSync(
      join(folder, 'changeover.yaml'),
      'service: service.ts\nmodels: {}\nworkers: 2\nshutdownDelayMs: 600\n',
    )
    const serve = await startServe(['--chdir', folder, '-b', '127.0.0.1:0'])
    cleanUp.push(() => serve.kill())
    await stopUnderWay(serve.address, serve.log, () => serve.signal('SIGTERM'))
    await until('it has ended', () => serve.workers().length === 0)
  })
})
