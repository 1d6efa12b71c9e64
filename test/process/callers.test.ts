import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import type { IncomingHttpHeaders, Server } from 'node:http'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { missingComponents } from '../../harness/real-components.ts'
import { until } from '../../harness/until.ts'
import { launchBrowser } from '../support/browser.ts'
import { exchange } from '../support/raw-client.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const [noNginx, noChromium] = [missingComponents('nginx'), missingComponents('chromium')]
const kinds = ['own', 'nginx'] as const
type Kind = (typeof kinds)[number]

/** Dies once in the instance that has the request first, and notes each time under which id it was asked. */
const service = `
import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
import { defineService, reply, Type } from 'changeover'
export default defineService((routes) => {
  routes.get('/caller', ({ headers, id }) => ({ ...headers, id }))
  routes.get('/own-cors', () => reply(200, 'own', { 'access-control-allow-origin': '*', vary: 'accept' }))
  routes.predict('/upper', { body: Type.String() }, ({ body, model }) => {
    model('name_question').top(body)
    return body.toUpperCase()
  })
  routes.get('/die-once', ({ id, query }) => {
    appendFileSync(query.file + '.ids', id + '\\n')
    if (existsSync(query.file)) return 'alive'
    writeFileSync(query.file, '')
    process.kill(process.pid, 'SIGKILL')
  })
  routes.post('/die', { body: Type.Unknown() }, () => { process.kill(process.pid, 'SIGKILL') })
})
`

/** Sites whose pages use the gateway: one that may, and one that may not. */
let sites: readonly [allowed: Server, other: Server]
const origin = (site: Server): string => `http://127.0.0.1:${(site.address() as AddressInfo).port}`
const stacks = new Map<Kind, Stack>()

beforeAll(async () => {
  const serve = async (): Promise<Server> => {
    const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<p>'))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return server
  }
  sites = [await serve(), await serve()]
  const started = kinds
    .filter((kind) => kind === 'own' || noNginx === false)
    .map(async (gatewayKind) => {
      const stack = await startStack({
        service,
        gatewayKind,
        config: 'bodyLimitBytes: 10000',
        gateway: `trustedProxies: [127.0.0.2, 10.0.0.0/8, 'fd00::/8'],
  cors: { origins: ['${origin(sites[0])}', 'https://shop.example'], headers: [content-type, x-request-id], maxAgeSeconds: 60 }`,
        flags: (folder) => ['--access-logfile', join(folder, 'access.log')],
      })
      writeFileSync(join(stack.folder, 'static/page.txt'), 'static')
      stacks.set(gatewayKind, stack)
    })
  await Promise.all(started)
})
afterAll(async () => {
  await Promise.all([...stacks.values()].map((stack) => stack.stop()))
  for (const site of sites) site.close()
})

type Asked = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string }

describe.each(kinds)('with the gateway of kind %s', (kind) => {
  const skips = kind === 'nginx' && noNginx !== false
  const stack = (): Stack => {
    const found = stacks.get(kind)
    if (found === undefined) throw new Error(`no stack with ${kind}`)
    return found
  }
  /** From an address of this machine: 127.0.0.2 is a trusted proxy. */
  const askFrom = (
    localAddress: string,
    path: string,
    headers: Readonly<Record<string, string | string[]>> = {},
    method = 'GET',
    body = '',
  ): Promise<Asked> =>
    new Promise((resolve, reject) => {
      const options = { localAddress, method, headers, agent: false }
      request(stack().gateway + path, options, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        )
      })
        .on('error', reject)
        .end(body)
    })
  const seenFrom = async (
    localAddress: string,
    headers: Readonly<Record<string, string | string[]>>,
  ): Promise<Record<string, string>> => {
    const { body } = await askFrom(localAddress, '/caller', headers)
    return JSON.parse(body) as Record<string, string>
  }
  const logged = (id: string): string | undefined =>
    readFileSync(join(stack().folder, 'access.log'), 'latin1')
      .split('\n')
      .find((line) => line.endsWith(` "${id}"`))

  test.skipIf(skips)('who is no trusted proxy says nothing about its address', async () => {
    const seen = await seenFrom('127.0.0.1', {
      'x-real-ip': '6.6.6.6',
      'x-forwarded-for': '6.6.6.6, 10.1.1.1',
      'x-forwarded-proto': 'https',
    })
    expect(seen).toMatchObject({ 'x-real-ip': '127.0.0.1', 'x-forwarded-for': '127.0.0.1' })
    expect(seen).not.toHaveProperty('x-forwarded-proto')
  })

  test.skipIf(skips).each([
    ['6.6.6.6, 1.2.3.4, 10.1.1.1', '1.2.3.4'],
    ['1.2.3.4', '1.2.3.4'],
    ['6.6.6.6, 2001:db8::1', '2001:db8::1'],
    ['6.6.6.6, [2001:db8::1]:443, fd00::1', '2001:db8::1'],
    ['6.6.6.6, 1.2.3.4:5678', '1.2.3.4'],
    ['10.1.1.2, 10.1.1.1', '10.1.1.2'],
    ['6.6.6.6, unknown', '127.0.0.2'],
    ['6.6.6.6, unknown, 10.1.1.1', '10.1.1.1'],
    ['"6.6.6.6"', '127.0.0.2'],
    [`${'6.6.6.6,'.repeat(1_000)}1.2.3.4`, '1.2.3.4'],
  ])('of the chain of a trusted proxy, %.40s, %s is the client', async (chain, address) => {
    const seen = await seenFrom('127.0.0.2', { 'x-forwarded-for': chain, 'x-real-ip': '6.6.6.6' })
    expect(seen).toMatchObject({ 'x-real-ip': address, 'x-forwarded-for': address })
  })

  test.skipIf(skips)(
    'a trusted proxy may say one address, and the scheme; the access log has it',
    async () => {
      const headers = {
        'x-real-ip': '1.2.3.4',
        'x-forwarded-proto': 'https',
        'x-request-id': `address-${kind}`,
      }
      expect(await seenFrom('127.0.0.2', headers)).toMatchObject({
        'x-real-ip': '1.2.3.4',
        'x-forwarded-for': '1.2.3.4',
        'x-forwarded-proto': 'https',
      })
      await until('its line is there', () => logged(`address-${kind}`) !== undefined)
      expect(logged(`address-${kind}`)).toMatch(/^1\.2\.3\.4 - - \[/)
      for (const value of ['unknown', '1.2.3.4, 5.6.7.8', 'localhost'])
        expect(await seenFrom('127.0.0.2', { 'x-real-ip': value })).toMatchObject({
          'x-real-ip': '127.0.0.2',
        })
      expect(await seenFrom('127.0.0.2', { 'x-forwarded-proto': 'gopher' })).not.toHaveProperty(
        'x-forwarded-proto',
      )
    },
  )

  test.skipIf(skips)('a request has one id: in the service, in the answer, in the log', async () => {
    const { headers, body } = await askFrom('127.0.0.1', '/caller', { 'x-request-id': 'of:the.client_1' })
    expect(headers['x-request-id']).toBe('of:the.client_1')
    expect(JSON.parse(body)).toMatchObject({ id: 'of:the.client_1', 'x-request-id': 'of:the.client_1' })
    await until('its line is there', () => logged('of:the.client_1') !== undefined)
    const ids = new Set<string>()
    for (const sent of [undefined, 'a b', 'x'.repeat(129), 'a"b']) {
      const answer = await askFrom('127.0.0.1', '/caller', sent === undefined ? {} : { 'x-request-id': sent })
      const id = String(answer.headers['x-request-id'])
      expect(id).toMatch(/^[0-9a-f]{32}$/)
      expect((JSON.parse(answer.body) as { id: string }).id).toBe(id)
      ids.add(id)
    }
    expect(ids.size).toBe(4)
  })

  test.skipIf(skips)('errors, health checks and static files have one too', async () => {
    for (const [path, method, body, status] of [
      ['/unknown', 'GET', '', 404],
      ['/caller', 'POST', '', 405],
      ['/upper', 'POST', 'no JSON', 400],
      ['/upper', 'POST', 'x'.repeat(10_001), 413],
      ['/-/health', 'GET', '', 200],
      ['/static/page.txt', 'GET', '', 200],
    ] as const) {
      const answer = await askFrom('127.0.0.1', path, { 'x-request-id': 'e-1' }, method, body)
      expect([path, answer.status, answer.headers['x-request-id']]).toEqual([path, status, 'e-1'])
    }
    const [refused] = await exchange(stack().gateway, 'nonsense\r\n\r\n')
    expect(refused?.status).toBe(400)
    if (kind === 'own') expect(refused?.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/)
  })

  test.skipIf(skips)('a trace goes on to the service unchanged', async () => {
    for (const traceparent of [
      '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-will-be',
      '00-00000000000000000000000000000000-b7ad6b7169203331-01',
      'no trace at all',
    ])
      expect(await seenFrom('127.0.0.1', { traceparent, tracestate: ['a=1', 'b=2,c=3'] })).toMatchObject({
        traceparent,
        tracestate: 'a=1, b=2,c=3',
      })
  })

  test.skipIf(skips)('a preflight is answered for an origin that may', async () => {
    const preflight = (asking: string): Promise<Asked> =>
      askFrom(
        '127.0.0.1',
        '/upper',
        {
          origin: asking,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type',
        },
        'OPTIONS',
      )
    const { status, headers } = await preflight('https://shop.example')
    expect([status, headers]).toEqual([
      204,
      expect.objectContaining({
        'access-control-allow-origin': 'https://shop.example',
        'access-control-allow-methods': 'GET, HEAD, POST',
        'access-control-allow-headers': 'content-type, x-request-id',
        'access-control-max-age': '60',
        vary: 'Origin',
      }),
    ])
    for (const other of [
      'https://shop.example.evil',
      'https://shopXexample',
      'http://shop.example',
      'null',
    ]) {
      const refused = await preflight(other)
      expect([refused.status, refused.headers.vary]).toEqual([204, 'Origin'])
      expect(Object.keys(refused.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
    }
    const plain = await askFrom('127.0.0.1', '/upper', { origin: 'https://shop.example' }, 'OPTIONS')
    expect([plain.status, plain.headers.allow]).toEqual([204, 'POST, OPTIONS'])
    expect(plain.headers['access-control-allow-origin']).toBe('https://shop.example')
    expect(plain.headers).not.toHaveProperty('access-control-max-age')
  })

  test.skipIf(skips)('every answer says whose page may read it, errors too', async () => {
    for (const [path, method, body, status] of [
      ['/caller', 'GET', '', 200],
      ['/own-cors', 'GET', '', 200],
      ['/static/page.txt', 'GET', '', 200],
      ['/unknown', 'GET', '', 404],
      ['/upper', 'POST', 'x'.repeat(10_001), 413],
      ['/die', 'POST', '1', 502],
    ] as const) {
      const answer = await askFrom('127.0.0.1', path, { origin: 'https://shop.example' }, method, body)
      expect([path, answer.status]).toEqual([path, status])
      expect([path, answer.headers['access-control-allow-origin']]).toEqual([path, 'https://shop.example'])
      expect(answer.headers['access-control-expose-headers']).toBe(
        'x-model-version, x-request-id, retry-after',
      )
      expect(answer.headers.vary).toMatch(/Origin$/)
      expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/)
      if (path !== '/die') {
        const other = await askFrom('127.0.0.1', path, { origin: 'https://evil.example' }, method, body)
        expect([path, other.headers['access-control-allow-origin']]).toEqual([path, undefined])
        expect(other.headers.vary).toMatch(/Origin$/)
      }
    }
  })

  test.skipIf(skips)('a request that is sent again keeps its id', async () => {
    await until('both instances serve', async () => {
      const { instances } = await stack().status()
      const ready = await Promise.all(
        instances.map(({ address }) =>
          fetch(`${address}/-/health`).then(
            ({ ok }) => ok,
            () => false,
          ),
        ),
      )
      return ready.every(Boolean)
    })
    const file = join(stack().folder, 'died')
    const { status, body, headers } = await askFrom('127.0.0.1', `/die-once?file=${file}`)
    expect([status, body]).toEqual([200, 'alive'])
    const id = String(headers['x-request-id'])
    expect(readFileSync(`${file}.ids`, 'utf8')).toBe(`${id}\n${id}\n`)
  })
})

describe.skipIf(noChromium !== false)(
  `pages in Chromium${noChromium === false ? '' : ` (${noChromium})`}`,
  () => {
    let browser: Browser

    beforeAll(async () => {
      browser = await launchBrowser()
    })
    afterAll(() => browser.close())

    /** What a page gets: the answer, or the browser’s refusal. */
    const fetchIn = (page: Page, url: string, init: object = {}): Promise<unknown> =>
      page.evaluate(
        async ([target, options]) => {
          try {
            const response = await fetch(target, options)
            const { status, headers } = response
            const [version, id] = ['x-model-version', 'x-request-id'].map((name) => headers.get(name))
            return { status, version, id, body: await response.text() }
          } catch (error) {
            return (error as Error).name
          }
        },
        [url, init] as const,
      )

    test.each(kinds.filter((kind) => kind === 'own' || noNginx === false))(
      'with the gateway of kind %s one of an allowed origin can ask, another cannot',
      async (kind) => {
        const gateway = stacks.get(kind)?.gateway ?? ''
        const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '"a"' }
        const [allowed, other] = [await browser.newPage(), await browser.newPage()]
        await allowed.goto(origin(sites[0]))
        await other.goto(origin(sites[1]))
        expect(await fetchIn(allowed, `${gateway}/upper`, json)).toEqual({
          status: 200,
          version: 'name_question@1795419027',
          id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
          body: 'A',
        })
        expect(await fetchIn(allowed, `${gateway}/unknown`)).toMatchObject({ status: 404 })
        expect(await fetchIn(allowed, `${gateway}/own-cors`)).toMatchObject({ status: 200, body: 'own' })
        expect(await fetchIn(allowed, `${gateway}/upper`, { ...json, headers: { 'x-other': '1' } })).toBe(
          'TypeError',
        )
        for (const path of ['/caller', '/own-cors', '/unknown'])
          expect(await fetchIn(other, gateway + path)).toBe('TypeError')
        expect(await fetchIn(other, `${gateway}/upper`, json)).toBe('TypeError')
      },
    )
  },
)
