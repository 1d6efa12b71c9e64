import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { until } from '../../harness/until.ts'
import type { RawClient } from '../support/raw-client.ts'
import { exchange, openClient } from '../support/raw-client.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const service = `
import { setTimeout as sleep } from 'node:timers/promises'
import { defineService, Type } from 'changeover'

const Anything = Type.Unknown()
let smuggled = 0
let inFlight = 0
let maxInFlight = 0

export default defineService((routes) => {
  routes.get('/hello', () => 'hello')
  routes.get('/slow', async () => { await sleep(300); return 'slow' })
  routes.get('/large', () => 'x'.repeat(400_000))
  routes.get('/number/:n', ({ params }) => params.n)
  routes.get('/counted', async () => {
    inFlight++
    maxInFlight = Math.max(maxInFlight, inFlight)
    await sleep(20)
    inFlight--
    return maxInFlight
  })
  routes.get('/smuggled', () => { smuggled++; return smuggled })
  routes.get('/smuggled/count', () => smuggled)
  routes.post('/echo', { body: Anything }, ({ body }) => body)
})
`

const limits = {
  headLimitBytes: 4_096,
  headersTimeoutMs: 500,
  bodyTimeoutMs: 800,
  sendTimeoutMs: 1_500,
  keepAliveTimeoutMs: 2_000,
}

/** The port looks after late clients this often, and tests run beside others. */
const slackMs = 2_000

const get = (path: string, ...headers: readonly string[]): string =>
  [`GET ${path} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n')
const post = (...headers: readonly string[]): string =>
  ['POST /echo HTTP/1.1', 'Host: x', ...headers, '', ''].join('\r\n')
const lastGet = (path: string): string => get(path, 'Connection: close')

describe.each(['gateway', 'primary'] as const)('at the port of the %s', (port) => {
  let stack: Stack
  let address: string

  beforeAll(async () => {
    stack = await startStack({ service, config: `http: ${JSON.stringify(limits)}\nbodyLimitBytes: 100000` })
    address = stack[port]
  })
  afterAll(() => stack.stop())

  const servesOthers = async (): Promise<void> => {
    expect(await (await fetch(`${address}/hello`)).text()).toBe('hello')
  }
  const isProblem = (client: RawClient, status: number, code: string): void => {
    expect(client.answers()).toMatchObject([
      {
        status,
        headers: { 'content-type': 'application/problem+json', connection: 'close' },
        body: expect.stringContaining(`"urn:changeover:error:${code}"`) as string,
      },
    ])
  }

  /** Sends one byte at a time until the server ends the connection; resolves to how long that took. */
  const trickle = async (client: RawClient, text: string): Promise<number> => {
    const begunMs = performance.now()
    for (const byte of text) {
      if (client.hasEnded()) break
      client.send(byte)
      await sleep(20)
    }
    await client.ended
    return performance.now() - begunMs
  }

  test('slow headers are refused with 408 once their time is over, however often a byte comes', async () => {
    const client = openClient(address)
    const [tookMs] = await Promise.all([trickle(client, get(`/${'a'.repeat(2_000)}`)), servesOthers()])
    isProblem(client, 408, 'request_timeout')
    expect(tookMs).toBeGreaterThan(limits.headersTimeoutMs)
    expect(tookMs).toBeLessThan(limits.headersTimeoutMs + slackMs)
    client.socket.destroy()
  })

  test.each([
    ['with a length', post('Content-Length: 2000')],
    ['in chunks', post('Transfer-Encoding: chunked') + '7d0\r\n'],
  ])('slow bodies %s are refused with 408', async (_how, head) => {
    const client = openClient(address)
    client.send(head)
    const [tookMs] = await Promise.all([trickle(client, 'b'.repeat(2_000)), servesOthers()])
    isProblem(client, 408, 'request_timeout')
    expect(tookMs).toBeGreaterThan(limits.bodyTimeoutMs - 100)
    expect(tookMs).toBeLessThan(limits.bodyTimeoutMs + slackMs)
    client.socket.destroy()
  })

  test('a request in small pieces is answered while its time lasts', async () => {
    const client = openClient(address)
    for (const byte of post('Transfer-Encoding: chunked', 'Connection: close')) client.send(byte)
    for (const byte of '3\r\n"a"\r\n0\r\n\r\n') {
      client.send(byte)
      await sleep(5)
    }
    await client.ended
    expect(client.answers()).toMatchObject([{ status: 200, body: 'a' }])
    client.socket.destroy()
  })

  test('an idle connection is closed without a word, in its time', async () => {
    const client = openClient(address)
    client.send(get('/hello'))
    await until('the answer is there', () => client.answers().length === 1)
    const begunMs = performance.now()
    const received = client.received()
    await client.ended
    const idleMs = performance.now() - begunMs
    expect(client.received()).toBe(received)
    expect(idleMs).toBeGreaterThan(limits.keepAliveTimeoutMs - 300)
    expect(idleMs).toBeLessThan(limits.keepAliveTimeoutMs + slackMs)
    client.socket.destroy()
  })

  test('requests sent one behind the other are answered in their order', async () => {
    const paths = Array.from({ length: 200 }, (_, n) => `/number/${n}`)
    const text = get('/slow') + paths.map((path) => get(path)).join('') + lastGet('/hello')
    const answers = await exchange(address, text)
    const numbers = paths.map((_, n) => String(n))
    expect(answers.map(({ body }) => body)).toEqual(['slow', ...numbers, 'hello'])
    expect(answers.slice(0, -1).every(({ headers }) => headers['connection'] === undefined)).toBe(true)
    expect(answers.at(-1)?.headers['connection']).toBe('close')
  })

  test('only a few of them are in flight at once', async () => {
    const answers = await exchange(address, get('/counted').repeat(60) + lastGet('/counted'))
    const most = Math.max(...answers.map(({ body }) => Number(body)))
    expect([answers.length, most]).toEqual([61, 8])
  })

  test('a client that has ended its side gets every answer', async () => {
    const client = openClient(address)
    client.socket.end(get('/slow') + get('/hello'))
    await client.ended
    expect(client.answers().map(({ body }) => body)).toEqual(['slow', 'hello'])
  })

  test.each([
    ['head', 'GET / HTTP/1.1\r\nHost'],
    ['body', `${post('Content-Length: 9')}"abc`],
  ])('a client that ends in the middle of a %s is told so', async (_part, text) => {
    const client = openClient(address)
    client.socket.end(text)
    await client.ended
    isProblem(client, 400, 'bad_request')
  })

  test('clients that leave before their answer harm nobody', async () => {
    const pids = async (): Promise<(number | undefined)[]> => {
      const { gateway, instances } = await stack.status()
      return [gateway.status?.pid, ...instances.map(({ workers }) => workers[0]?.pid)]
    }
    const before = await pids()
    for (let i = 0; i < 50; i++) {
      const client = openClient(address)
      client.send(get('/slow').repeat(3))
      await until('it is connected', () => client.socket.bytesWritten > 0 && !client.socket.connecting)
      if (i % 2 === 0) client.socket.resetAndDestroy()
      else client.socket.destroy()
    }
    await servesOthers()
    await until('nothing is under way', async () => {
      const { gateway, instances } = await stack.status()
      const { primary, backup } = gateway.status?.instances ?? {}
      const workers = instances.flatMap((instance) => instance.workers.map((worker) => worker?.inFlight))
      return [primary?.inFlight, backup?.inFlight, ...workers].every((count) => count === 0)
    })
    expect(await pids()).toEqual(before)
  })

  test.each([
    ['a long path', get(`/${'a'.repeat(5_000)}`), 414, 'url_too_long'],
    ['a long header', get('/', `X: ${'a'.repeat(5_000)}`), 431, 'headers_too_large'],
    ['many headers', get('/', ...Array<string>(1_000).fill('X: y')), 431, 'headers_too_large'],
    ['a long body', post('Content-Length: 100001') + 'x'.repeat(100_001), 413, 'body_too_large'],
    [
      'a body without end',
      post('Transfer-Encoding: chunked') + `2000\r\n${'x'.repeat(8192)}\r\n`.repeat(13),
      413,
      'body_too_large',
    ],
    ['a chunk of 1 TB', post('Transfer-Encoding: chunked') + 'ffffffffff\r\n', 413, 'body_too_large'],
    ['two lengths', post('Content-Length: 4', 'Content-Length: 5') + '"ab"', 400, 'bad_request'],
    [
      'length and chunked',
      post('Content-Length: 4', 'Transfer-Encoding: chunked') + '0\r\n\r\n',
      400,
      'bad_request',
    ],
    ['chunked and something else', post('Transfer-Encoding: chunked, x') + '0\r\n\r\n', 400, 'bad_request'],
    ['an unknown coding', post('Transfer-Encoding: x, chunked') + '0\r\n\r\n', 501, 'not_implemented'],
    ['a folded header', post('X: a', ' Content-Length: 4') + '"ab"', 400, 'bad_request'],
    ['white space before a colon', post('Content-Length : 4') + '"ab"', 400, 'bad_request'],
    ['a bare LF', post('X: a\nContent-Length: 4') + '"ab"', 400, 'bad_request'],
    ['a bare CR', post('X: a\rContent-Length: 4') + '"ab"', 400, 'bad_request'],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400, 'bad_request'],
    ['two Hosts', get('/', 'Host: y'), 400, 'bad_request'],
    ['another protocol', 'EHLO example.org\r\n', 400, 'bad_request'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505, 'http_version_unsupported'],
    ['another expectation', post('Expect: a-wonder', 'Content-Length: 4'), 417, 'expectation_failed'],
  ])('%s is refused; what is hidden behind it is never read', async (_what, text, status, code) => {
    const client = openClient(address)
    client.send(text + get('/smuggled').repeat(3))
    await client.ended
    isProblem(client, status, code)
    client.socket.destroy()
    expect(await (await fetch(`${address}/smuggled/count`)).text()).toBe('0')
  })

  test('a client that reads no answers is not read from, and is given up', async () => {
    const pid =
      port === 'gateway'
        ? (await stack.status()).gateway.status?.pid
        : (await stack.status()).instances[0]?.workers[0]?.pid
    await fetch(`${address}/large`)
    const before = residentMb(pid)
    let most = before
    const watch = setInterval(() => (most = Math.max(most, residentMb(pid))), 50)
    const client = openClient(address)
    client.socket.pause()
    const begunMs = performance.now()
    // 20 MB of requests, more than fits between two sockets, for 8 GB of answers.
    client.send(get('/large', `X: ${'x'.repeat(1_000)}`).repeat(20_000))
    const closed = new Promise((resolve) => client.socket.once('close', resolve))
    await servesOthers()
    await closed
    clearInterval(watch)
    const tookMs = performance.now() - begunMs
    expect(tookMs).toBeGreaterThan(limits.sendTimeoutMs - 100)
    expect(tookMs).toBeLessThan(limits.sendTimeoutMs + slackMs)
    expect(most - before).toBeLessThan(60)
    await servesOthers()
  })

  test('100-continue comes before the body is sent, and not for one that is refused', async () => {
    const client = openClient(address)
    client.send(get('/slow') + post('Expect: 100-continue', 'Content-Length: 3', 'Connection: close'))
    await until('it may send', () => client.received().includes('HTTP/1.1 100 Continue\r\n\r\n'))
    expect(client.received()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*slowHTTP\/1\.1 100 Continue\r\n\r\n$/)
    client.send('"b"')
    await client.ended
    expect(client.answers().map(({ status }) => status)).toEqual([200, 100, 200])
    client.socket.destroy()

    const refused = openClient(address)
    refused.send(post('Expect: 100-continue', 'Content-Length: 100001'))
    await refused.ended
    isProblem(refused, 413, 'body_too_large')
    refused.socket.destroy()
  })

  test('HTTP/1.0 is answered and closed, or kept open where it is asked for', async () => {
    expect(await exchange(address, 'GET /hello HTTP/1.0\r\n\r\n')).toMatchObject([
      { status: 200, headers: { connection: 'close' }, body: 'hello' },
    ])
    const keep = 'GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'
    expect(await exchange(address, `${keep}GET /hello HTTP/1.0\r\n\r\n`)).toMatchObject([
      { headers: { connection: 'keep-alive' } },
      { headers: { connection: 'close' } },
    ])
  })

  test('HEAD gets the head alone, with the length that the body would have', async () => {
    const client = openClient(address)
    client.send(lastGet('/hello').replace('GET', 'HEAD'))
    await client.ended
    client.socket.destroy()
    const text = client.received()
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*content-length: 5\r\n[^]*\r\n\r\n$/)
    expect(text.split('\r\n\r\n')).toHaveLength(2)
  })
})

describe.each(['gateway', 'primary'] as const)('many connections at the port of the %s', (port) => {
  let stack: Stack

  beforeAll(async () => {
    stack = await startStack({ service })
  })
  afterAll(() => stack.stop())

  const findPid = async (): Promise<number> => {
    let pid: number | undefined
    await until('the process tells its number', async () => {
      const { gateway, instances } = await stack.status()
      pid = port === 'gateway' ? gateway.status?.pid : instances[0]?.workers[0]?.pid
      return pid !== undefined
    })
    return pid ?? 0
  }

  test('3,000 heads that are never finished cost what their bytes cost, and others are served', async () => {
    const pid = await findPid()
    await fetch(`${stack[port]}/hello`)
    const before = residentMb(pid)
    const head = `GET / HTTP/1.1\r\nHost: x\r\n${`X: ${'x'.repeat(165)}\r\n`.repeat(94)}`
    const clients: RawClient[] = []
    try {
      while (clients.length < 3_000) {
        const some = Array.from({ length: 250 }, () => openClient(stack[port]))
        clients.push(...some)
        for (const client of some) client.send(head)
        await until('all is sent', () =>
          some.every(({ socket }) => !socket.connecting && socket.writableLength === 0),
        )
      }
      expect(await (await fetch(`${stack[port]}/hello`)).text()).toBe('hello')
      const growthMb = residentMb(pid) - before
      const sentMb = (clients.length * head.length) / 2 ** 20
      console.info(
        `${sentMb.toFixed(0)} MB of unfinished heads at the ${port}: ${growthMb.toFixed(0)} MB more`,
      )
      expect(growthMb).toBeLessThan(3 * sentMb)
      expect(clients.some(({ received }) => received() !== '')).toBe(false)
    } finally {
      for (const { socket } of clients) socket.destroy()
    }
  })

  test('10,000 idle ones cost little, and others are served', async () => {
    const pid = await findPid()
    await fetch(`${stack[port]}/hello`)
    const before = residentMb(pid)
    const count = Math.min(10_000, openFileLimit() - 1_000)
    const clients: RawClient[] = []
    try {
      while (clients.length < count) {
        const some = Array.from({ length: Math.min(250, count - clients.length) }, () =>
          openClient(stack[port]),
        )
        clients.push(...some)
        // Half of them have had an answer, the others have never sent anything.
        for (const client of some.slice(0, some.length / 2)) client.send(get('/hello'))
        await until('they are connected', () => some.every(({ socket }) => !socket.connecting))
      }
      await until(
        'they are answered',
        () => clients.filter((client) => client.received() !== '').length >= count / 2 - 250,
      )
      const growthKb = ((residentMb(pid) - before) * 1_024) / count
      console.info(`${count} idle connections at the ${port}: ${growthKb.toFixed(1)} KiB each`)
      expect(growthKb).toBeLessThan(16)
      expect(clients.every(({ socket }) => !socket.destroyed)).toBe(true)
      const begunMs = performance.now()
      expect(await (await fetch(`${stack[port]}/hello`)).text()).toBe('hello')
      expect(performance.now() - begunMs).toBeLessThan(1_000)
    } finally {
      for (const { socket } of clients) socket.destroy()
    }
  })
})

function residentMb(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid ?? 0}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1_024
}

function openFileLimit(): number {
  return Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1])
}
