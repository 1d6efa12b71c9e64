import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { freePorts } from '../../harness/processes.ts'
import { missingComponents } from '../../harness/real-components.ts'
import type { Nginx } from '../../harness/stacks/nginx.ts'
import { startNginx, writeMainConfig } from '../../harness/stacks/nginx.ts'
import { describeNginx, formatNginx } from '../../src/integrations/index.ts'
import { exampleConfig } from '../../src/integrations/testing/example.ts'
import { exchange } from '../support/raw-client.ts'

const missing = missingComponents('nginx')

const routes = [
  { method: 'POST', path: '/v1/label/', repeat: 'freely' },
  { method: 'POST', path: '/v1/feedback', repeat: 'never' },
  { method: 'POST', path: '/notes/:kind/:id?', repeat: 'never' },
  { method: 'GET', path: '/tickets/:id', repeat: 'on-failure' },
  { method: 'GET', path: '/once/:id', repeat: 'never' },
] as const

const once = [
  ...['/v1/feedback', '/v1/feedback/', '//v1/feedback', '/v1/feedback?a=1', '/v1/f%65edback'],
  ...['/v1/feedback/.', '/v1/feedback/..', '/v1/label/../feedback', '/v1/label/%2e%2e/feedback'],
  ...['/notes/7', '/notes/7/', '/notes/7/8', '/notes/.', '/notes/..', '/notes/%2e%2e', '/notes/x/..'],
  ...['/notes/%2e%2e/v1/label', '/notes/../v1/label/', '/notes/%2E./v1/label/', '/notes/..%2fv1%2flabel'],
]
  .map((url) => `POST ${url}`)
  .concat(
    ['/once/1', '/once/1/', '/once/.', '/once/..', '/once/%2e%2e', '/tickets/../once/1'].map(
      (url) => `GET ${url}`,
    ),
  )
const repeated = [
  ...['POST /v1/label/', 'POST /v1/label', 'POST /v1/label/?a=1'],
  ...['GET /tickets/7', 'GET /tickets/7/', 'HEAD /tickets/7?a=1', 'GET /', 'HEAD /-/health'],
]

describe.skipIf(missing !== false)(
  `what nginx sends to instances that die of it${missing === false ? '' : ` (${missing})`}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'changeover-nginx-repeats-'))
    const seen: (string | undefined)[] = []
    const instances: Server[] = []
    let nginx: Nginx
    let address = ''

    beforeAll(async () => {
      for (let i = 0; i < 2; i++) {
        const instance = createServer((request) => {
          seen.push(request.headers['x-test']?.toString())
          request.socket.destroy()
        })
        instances.push(instance)
        await new Promise<void>((resolve) => void instance.listen(0, '127.0.0.1', resolve))
      }
      const [port = 0] = await freePorts(1)
      const [primary, backup] = instances.map((instance) => ({
        bind: `127.0.0.1:${(instance.address() as AddressInfo).port}`,
      })) as [{ bind: string }, { bind: string }]
      mkdirSync(join(folder, 'static'))
      const gateway = { ...exampleConfig.gateway, bind: `127.0.0.1:${port}`, static: join(folder, 'static') }
      const site = join(folder, 'changeover.conf')
      writeFileSync(site, formatNginx(describeNginx({ ...exampleConfig, primary, backup, gateway }, routes)))
      nginx = await startNginx(writeMainConfig(folder, site), port)
      address = `http://127.0.0.1:${port}`
    })
    afterAll(async () => {
      await nginx.stop()
      for (const instance of instances) instance.close()
      rmSync(folder, { recursive: true })
    })

    /** How often an instance got the request. */
    const timesSent = async (request: string): Promise<number> => {
      const body = request.startsWith('POST') ? '{}' : ''
      await exchange(
        address,
        `${request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Test: ${request}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      )
      return seen.filter((one) => one === request).length
    }

    test('what may not be carried out twice is sent once, however its path is written', async () => {
      const times = await Promise.all(once.map(timesSent))
      expect(once.filter((_, i) => (times[i] ?? 0) > 1)).toEqual([])
      expect(times.filter((count) => count === 1).length).toBeGreaterThan(once.length / 2)
    })

    test('what may be is sent to the other instance too', async () => {
      const times = await Promise.all(repeated.map(timesSent))
      expect(repeated.map((request, i) => [request, times[i]])).toEqual(
        repeated.map((request) => [request, 2]),
      )
    })
  },
)
