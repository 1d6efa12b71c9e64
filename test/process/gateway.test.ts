import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { until } from '../../harness/until.ts'
import type { RawAnswer } from '../support/raw-client.ts'
import { exchange, openClient } from '../support/raw-client.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const service = `
import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineService, Type } from 'changeover'

const Anything = Type.Unknown()

export default defineService((routes) => {
  routes.get('/headers', ({ headers }) => headers)
  routes.get('/pid', () => process.pid)
  routes.post('/echo', { body: Anything }, ({ body }) => body)
  routes.predict('/slow', { body: Anything }, async () => { await sleep(400); return process.pid })
  routes.post('/throws', { body: Anything }, () => { throw new Error('a fault of the service') })
  routes.predict('/die', { body: Type.Object({ pid: Type.Integer() }) }, ({ body }) => {
    if (body.pid === process.pid) process.kill(process.pid, 'SIGKILL')
    return process.pid
  })
  routes.post('/die-post', { body: Anything }, () => { process.kill(process.pid, 'SIGKILL') })
  routes.predict('/die-always', { body: Anything }, () => { process.kill(process.pid, 'SIGKILL') })
})
`

describe('the gateway', () => {
  let stack: Stack

  beforeAll(async () => {
    stack = await startStack({ service, primaryBind: '0.0.0.0:0' })
    writeFileSync(join(stack.folder, 'static/page.html'), '<p>静态</p>')
    writeFileSync(join(stack.folder, 'static/.secret'), 'hidden')
  })
  afterAll(() => stack.stop())

  const post = (path: string, body: unknown): Promise<Response> =>
    fetch(stack.gateway + path, { method: 'POST', body: JSON.stringify(body) })
  const workerPid = async (index: 0 | 1): Promise<number> =>
    (await stack.status()).instances[index]?.workers[0]?.pid ?? 0
  const bothReady = (): Promise<void> =>
    until('both instances are ready', async () => {
      const { gateway } = await stack.status()
      return (
        gateway.status?.instances.primary.readyWorkers === 1 &&
        gateway.status.instances.backup.readyWorkers === 1
      )
    })

  test('asks the primary first', async () => {
    expect(await (await fetch(`${stack.gateway}/pid`)).json()).toBe(await workerPid(0))
  })

  test('says who the client is, and believes no client about it', async () => {
    const response = await fetch(`${stack.gateway}/headers`, {
      headers: { 'x-real-ip': '6.6.6.6', 'x-forwarded-for': '10.1.1.1', 'x-other': 'kept' },
    })
    expect(await response.json()).toMatchObject({
      'x-real-ip': '127.0.0.1',
      'x-forwarded-for': '127.0.0.1',
      'x-other': 'kept',
    })
  })

  const ownAddress = Object.values(networkInterfaces())
    .flat()
    .find((network) => network?.family === 'IPv4' && !network.internal)?.address

  test.skipIf(ownAddress === undefined)(
    'an instance’s own port sends it too, and trusts only a proxy on this machine',
    async () => {
      const { port } = new URL(stack.primary)
      const said = { 'x-real-ip': '6.6.6.6', 'x-forwarded-for': '6.6.6.6', connection: 'x-one', 'x-one': '1' }
      const ask = (host: string): Promise<unknown> =>
        new Promise((resolve, reject) => {
          get({ host, port, path: '/headers', headers: said }, (response) => {
            let body = ''
            response.setEncoding('utf8').on('data', (text: string) => (body += text))
            response.on('end', () => resolve(JSON.parse(body)))
          }).on('error', reject)
        })
      const host = `${ownAddress}:${port}`
      const id = { 'x-request-id': expect.stringMatching(/^[0-9a-f]{32}$/) as string }
      expect(await ask(ownAddress ?? '')).toEqual({
        host,
        'x-real-ip': ownAddress,
        'x-forwarded-for': ownAddress,
        ...id,
      })
      expect(await ask('127.0.0.1')).toEqual({
        host: `127.0.0.1:${port}`,
        'x-real-ip': '6.6.6.6',
        'x-forwarded-for': '6.6.6.6',
        ...id,
      })
    },
  )

  test('passes bodies on as they are, large ones too', async () => {
    const text = '答案'.repeat(60_000)
    const answer = await (await post('/echo', text)).text()
    const hash = (value: string): string => createHash('sha256').update(value).digest('hex')
    expect(hash(answer)).toBe(hash(text))
  })

  test('retries at the backup when the primary dies before it answers', async () => {
    await bothReady()
    const [primary, backup] = [await workerPid(0), await workerPid(1)]
    const response = await post('/die', { pid: primary })
    expect([response.status, await response.json()]).toEqual([200, backup])
    await bothReady()
  })

  test('sends a request to routes.post once', async () => {
    await bothReady()
    const response = await post('/die-post', {})
    expect([response.status, await response.text()]).toEqual([502, expect.stringContaining('answer_unknown')])
    await bothReady()
    expect((await stack.status()).instances[1]?.workers[0]?.pid).toBeGreaterThan(0)
  })

  test('answers 503 with Retry-After only when both are down, and serves again when they are back', async () => {
    await bothReady()
    const response = await post('/die-always', {})
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
    await bothReady()
    expect((await post('/echo', 1)).status).toBe(200)
  })

  test('answers 500 for a service that throws, without the error’s own text, and serves on', async () => {
    const response = await post('/throws', {})
    const text = await response.text()
    expect([response.status, text]).toEqual([500, expect.stringContaining('service_failed')])
    expect(text).not.toContain('a fault of the service')
    await until('the log has it', () => stack.log().includes('a fault of the service'))
  })

  test('serves static files, and nothing outside of their folder', async () => {
    const page = await fetch(`${stack.gateway}/static/page.html`)
    expect([page.status, page.headers.get('content-type'), await page.text()]).toEqual([
      200,
      'text/html; charset=utf-8',
      '<p>静态</p>',
    ])
    for (const path of [
      '/static/',
      '/static/none',
      '/static/.secret',
      '/static/../changeover.yaml',
      '/static/%2e%2e/changeover.yaml',
      '/static/..%2fchangeover.yaml',
      '/static/%00',
      '/static/%',
      '/static//etc/passwd',
    ]) {
      const status = await rawStatus(
        stack.gateway,
        `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      )
      expect([path, status]).toEqual([path, 404])
    }
    expect((await fetch(`${stack.gateway}/static/page.html`, { method: 'POST' })).status).toBe(405)
  })

  test('answers conditions, ranges and HEAD for static files', async () => {
    const ask = async (header = 'X: y', method = 'GET'): Promise<RawAnswer | undefined> => {
      const lines = [`${method} /static/page.html HTTP/1.1`, 'Host: x', header, 'Connection: close', '', '']
      return (await exchange(stack.gateway, lines.join('\r\n')))[0]
    }
    const whole = await ask()
    const [etag = '', modified = ''] = [whole?.headers['etag'], whole?.headers['last-modified']]
    expect(whole?.headers).toMatchObject({
      etag: expect.stringMatching(/^W\/"/) as string,
      'last-modified': expect.stringMatching(/GMT$/) as string,
      'accept-ranges': 'bytes',
      'content-length': '13',
    })
    expect((await ask(`If-None-Match: ${etag}`))?.status).toBe(304)
    expect((await ask(`If-Modified-Since: ${modified}`))?.status).toBe(304)
    expect((await ask('If-Match: "other"'))?.status).toBe(412)
    expect(await ask('Range: bytes=3-8')).toMatchObject({
      status: 206,
      headers: { 'content-range': 'bytes 3-8/13' },
      body: Buffer.from('静态').toString('latin1'),
    })
    expect(await ask('Range: bytes=99-')).toMatchObject({
      status: 416,
      headers: { 'content-range': 'bytes */13' },
    })
    const head = await fetch(`${stack.gateway}/static/page.html`, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '13', ''])
  })

  test('sends a static file of any size in its turn, and closes it when the client leaves', async () => {
    const sizeBytes = 30_000_000
    writeFileSync(join(stack.folder, 'static/large.bin'), Buffer.alloc(sizeBytes, 'z'))
    const bytes = await (await fetch(`${stack.gateway}/static/large.bin`)).arrayBuffer()
    expect(bytes.byteLength).toBe(sizeBytes)
    const pid = (await stack.status()).gateway.status?.pid ?? 0
    const isOpen = (): boolean =>
      readdirSync(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`).endsWith('large.bin'))
    const client = openClient(stack.gateway)
    client.socket.pause()
    client.send('GET /static/large.bin HTTP/1.1\r\nHost: x\r\n\r\nGET /pid HTTP/1.1\r\nHost: x\r\n\r\n')
    await until('the file is open', isOpen)
    client.socket.destroy()
    await until('the file is closed', () => !isOpen())

    const small = openClient(stack.gateway)
    const ask = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
    small.send(ask('/static/page.html') + ask('/pid') + ask('/static/page.html'))
    await until('all are answered', () => small.answers().length === 3)
    expect(small.answers()[1]?.body).toBe(String(await workerPid(0)))
    small.socket.destroy()
  })

  test('a static file that gets shorter while it is sent ends the connection: no other answer stands in its place', async () => {
    const path = join(stack.folder, 'static/shrinking.bin')
    writeFileSync(path, '')
    truncateSync(path, 200_000_000)
    const client = openClient(stack.gateway)
    client.send(
      'GET /static/shrinking.bin HTTP/1.1\r\nHost: x\r\n\r\n'.concat('GET /pid HTTP/1.1\r\nHost: x\r\n\r\n'),
    )
    await once(client.socket, 'data')
    client.socket.pause()
    truncateSync(path, 1_000)
    client.socket.resume()
    await client.ended
    const answers = client.received().split('HTTP/1.1 ')
    expect(answers).toHaveLength(2)
    expect(answers[1]).toContain('content-length: 200000000\r\n')
    client.socket.destroy()
  })

  test('refuses a body over the limit', async () => {
    const response = await post('/echo', 'x'.repeat(1_000_000))
    expect([response.status, await response.text()]).toEqual([413, expect.stringContaining('body_too_large')])
  })

  test('answers what is in flight when the stack is stopped', async () => {
    const other = await startStack({ service })
    const answer = fetch(`${other.gateway}/slow`, { method: 'POST', body: '{}' })
    await until('the request is under way', async () => {
      const { gateway } = await other.status()
      return gateway.status?.instances.primary.inFlight === 1
    })
    const stopped = other.stop()
    expect((await answer).status).toBe(200)
    expect(await stopped).toBe(0)
  })
})

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function rawStatus(address: string, request: string): Promise<number> {
  const { hostname, port } = new URL(address)
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(Number(port), hostname)
    socket
      .setEncoding('utf8')
      .on('data', (chunk: string) => (text += chunk))
      .on('end', () => resolve(Number(/^HTTP\/1.1 (\d+)/.exec(text)?.[1])))
      .on('error', reject)
    socket.write(request)
  })
}
