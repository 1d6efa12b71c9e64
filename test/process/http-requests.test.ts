import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { missingComponents } from '../../harness/real-components.ts'
import { exchange } from '../support/raw-client.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const run = promisify(execFile)
const [noNginx, noCurl] = [missingComponents('nginx'), missingComponents('curl')]

const bodyLimitBytes = 100_000
const service = `
import { defineService, HttpError, reply, Type } from 'changeover'
export default defineService((routes) => {
  routes.post('/length', { body: Type.String() }, ({ body }) => body.length)
  routes.predict('/upper', { body: Type.String() }, ({ body }) => body.toUpperCase())
  routes.get('/hello', () => 'hello')
  routes.get('/query', ({ query }) => query)
  routes.get('/page', () => reply(203, '<p>甲</p>', { 'content-type': 'text/html', 'x-own': ['a', 'b'] }))
  routes.get('/empty/:status', ({ params }) => reply(Number(params.status), undefined, { etag: '"1"' }))
  routes.get('/gone', () => { throw new HttpError(410, 'it was here', { 'x-own': 'c' }) })
  routes.get('/thenable', () => ({ then: (done) => done(reply(201, { a: 1 })) }))
})
`

const whole = JSON.stringify('x'.repeat(bodyLimitBytes - 2))
const bomb = JSON.stringify('x'.repeat(5_000_000))
const refusedBodies = [
  [gzipSync(`${whole} `), 'gzip', 413, 'body_too_large'],
  [gzipSync(bomb), 'gzip', 413, 'body_too_large'],
  [deflateSync(bomb), 'deflate', 413, 'body_too_large'],
  [brotliCompressSync(bomb), 'br', 413, 'body_too_large'],
  [gzipSync(gzipSync(bomb)), 'gzip, gzip', 413, 'body_too_large'],
  [Buffer.from('"a"'), 'zstd', 415, 'media_type_unsupported'],
  [Buffer.from('"a"'), 'gzip, compress', 415, 'media_type_unsupported'],
  [Buffer.concat([gzipSync('"a"'), Buffer.from('rest')]), 'gzip', 400, 'bad_request'],
  [Buffer.concat([deflateSync('"a"'), Buffer.from('rest')]), 'deflate', 400, 'bad_request'],
  [gzipSync('"a"').subarray(0, 15), 'gzip', 400, 'bad_request'],
  [gzipSync(''), 'gzip', 400, 'bad_json'],
  [Buffer.alloc(0), 'gzip', 400, 'bad_json'],
] as const

let own: Stack
let behind: Stack | undefined
beforeAll(async () => {
  const options = { service, config: `bodyLimitBytes: ${bodyLimitBytes}` }
  ;[own, behind] = await Promise.all([
    startStack(options),
    noNginx === false ? startStack({ ...options, gatewayKind: 'nginx' }) : undefined,
  ])
})
afterAll(() => Promise.all([own.stop(), behind?.stop()]))

const addresses = {
  'the gateway': () => own.gateway,
  'an instance’s port': () => own.primary,
  'nginx in the gateway’s place': () => behind?.gateway ?? '',
}
type Port = keyof typeof addresses
const ports = Object.keys(addresses) as Port[]

describe.each(ports)('%s', (port) => {
  const skips = port.startsWith('nginx') && noNginx !== false
  const address = (): string => addresses[port]()
  const post = async (
    body: string | Buffer<ArrayBuffer>,
    encoding?: string,
    path = '/length',
  ): Promise<[number, string]> => {
    const headers = encoding === undefined ? undefined : { 'content-encoding': encoding }
    const response = await fetch(address() + path, { method: 'POST', body, ...(headers && { headers }) })
    return [response.status, await response.text()]
  }
  const raw = (head: string, body = ''): ReturnType<typeof exchange> =>
    exchange(address(), `${head}\r\nHost: x\r\nConnection: close\r\n\r\n${body}`)

  test.skipIf(skips)('takes bodies with an encoding, several in turn, and none', async () => {
    const body = JSON.stringify('x'.repeat(50_000))
    for (const [encoding, encoded] of [
      ['gzip', gzipSync(body)],
      ['x-gzip', gzipSync(body)],
      ['deflate', deflateSync(body)],
      ['deflate', deflateRawSync(body)],
      ['br', brotliCompressSync(body)],
      ['gzip, br', brotliCompressSync(gzipSync(body))],
      ['identity', Buffer.from(body)],
    ] as const)
      expect([encoding, ...(await post(encoded, encoding))]).toEqual([encoding, 200, '50000'])
    expect(await post(gzipSync('"a"'), 'gzip', '/upper')).toEqual([200, 'A'])
    expect(
      await (await fetch(`${address()}/hello`, { headers: { 'content-encoding': 'gzip' } })).text(),
    ).toBe('hello')
  })

  test.skipIf(skips)('refuses bombs, other encodings, what follows the end, and nothing', async () => {
    expect(await post(gzipSync(whole), 'gzip')).toEqual([200, String(bodyLimitBytes - 2)])
    for (const [encoded, encoding, status, code] of refusedBodies) {
      const [answered, text] = await post(encoded, encoding)
      expect([encoding, answered, text]).toEqual([encoding, status, expect.stringContaining(`:${code}"`)])
    }
    expect(await post('"still there"')).toEqual([200, '11'])
  })

  test.skipIf(skips)('takes JSON with a byte order mark, encoded too', async () => {
    expect(await post('\ufeff"abc"')).toEqual([200, '3'])
    expect(await post(gzipSync('\ufeff"abc"'), 'gzip')).toEqual([200, '3'])
  })

  test.skipIf(skips)('answers HEAD, OPTIONS and queries, at /, at health checks and at routes', async () => {
    for (const [method, path, status, allow] of [
      ['GET', '/?from=balancer', 200, null],
      ['HEAD', '/?from=balancer', 200, null],
      ['OPTIONS', '/', 204, 'GET, HEAD, OPTIONS'],
      ['GET', '/-/health?from=balancer', 200, 'GET, HEAD, OPTIONS'],
      ['HEAD', '/v2/health/ready?a=b', 200, 'GET, HEAD, OPTIONS'],
      ['OPTIONS', '/v2/health/live?a=b', 200, 'GET, HEAD, OPTIONS'],
      ['HEAD', '/hello?a=b', 200, null],
      ['OPTIONS', '/hello?a=b', 204, 'GET, HEAD, OPTIONS'],
      ['OPTIONS', '/length/', 204, 'POST, OPTIONS'],
      ['OPTIONS', '/unknown', 404, null],
      ['PUT', '/length', 405, 'POST, OPTIONS'],
    ] as const) {
      const { status: answered, headers } = await fetch(address() + path, { method })
      expect([method, path, answered, headers.get('allow')]).toEqual([method, path, status, allow])
    }
    expect(await (await fetch(`${address()}/query?a=1&b=%E7%94%B2`)).json()).toEqual({ a: '1', b: '甲' })
  })

  test.skipIf(skips)('answers with what a route says: a status, headers, an error, nothing', async () => {
    const page = await fetch(`${address()}/page`)
    expect([page.status, page.headers.get('content-type'), page.headers.get('x-own')]).toEqual([
      203,
      'text/html',
      'a, b',
    ])
    expect(await page.text()).toBe('<p>甲</p>')
    const gone = await fetch(`${address()}/gone`)
    expect([gone.status, gone.headers.get('x-own'), await gone.json()]).toEqual([
      410,
      'c',
      { type: 'about:blank', title: 'Gone', status: 410, detail: 'it was here' },
    ])
    const thenable = await fetch(`${address()}/thenable`)
    expect([thenable.status, await thenable.json()]).toEqual([201, { a: 1 }])
    for (const status of [204, 304]) {
      const [answer] = await raw(`GET /empty/${status} HTTP/1.1`)
      expect(answer).toMatchObject({ status, body: '', headers: { etag: '"1"' } })
      expect(answer?.headers).not.toHaveProperty('content-length')
    }
    expect((await raw('GET /empty/205 HTTP/1.1'))[0]).toMatchObject({ status: 205, body: '' })
  })

  test.skipIf(skips || noCurl !== false)('lets curl wait for 100 Continue', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'changeover-curl-'))
    try {
      writeFileSync(join(folder, 'body.json'), JSON.stringify('x'.repeat(2_000)))
      const { stdout, stderr } = await run('/usr/bin/curl', [
        ...['--silent', '--verbose', '--max-time', '20', '-H', 'Expect: 100-continue'],
        ...['--data-binary', `@${join(folder, 'body.json')}`, `${address()}/length`],
      ])
      expect(stdout).toBe('2000')
      expect(stderr).toContain('HTTP/1.1 100 Continue')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  // nginx ignores what it does not know, as HTTP allows.
  test.skipIf(skips || port.startsWith('nginx'))('refuses another expectation with 417', async () => {
    const [answer] = await raw('GET /hello HTTP/1.1\r\nExpect: a-miracle')
    expect(answer).toMatchObject({ status: 417 })
    expect(answer?.body).toContain('expectation_failed')
  })
})
