import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

import { afterEach, expect, test } from 'vitest'

import { until } from '../../harness/until.ts'
import type { HttpRequest, Respond } from '../../src/http/index.ts'
import { HttpPort } from '../../src/http/index.ts'
import { formatAddress, openListeningSocket } from '../../src/process/index.ts'
import { openClient } from '../support/raw-client.ts'

const limits = {
  headLimitBytes: 16_384,
  maxHeaders: 100,
  bodyLimitBytes: 1_000_000,
  headersTimeoutMs: 10_000,
  bodyTimeoutMs: 10_000,
  sendTimeoutMs: 10_000,
  keepAliveTimeoutMs: 10_000,
  maxConnections: 100,
  maxBufferedBytes: 1_000_000,
}
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`

const open: HttpPort[] = []
afterEach(() => Promise.all(open.splice(0).map((port) => port.close({ isPatient: false }))))

async function startPort(
  onRequest: (request: HttpRequest, respond: Respond) => void,
  more: Partial<typeof limits> = {},
): Promise<{ readonly port: HttpPort; readonly address: string }> {
  const { handle, address } = openListeningSocket('127.0.0.1:0')
  const port = new HttpPort({ limits: { ...limits, ...more }, stopTimeoutMs: 10_000, onRequest })
  open.push(port)
  await port.start([handle])
  return { port, address: formatAddress(address) }
}

const say = (respond: Respond, body: string): void => respond({ status: 200, headers: '', body })

test('a closing port answers what is in flight and what comes in time, and then closes idle connections', async () => {
  const waiting: Respond[] = []
  const { port, address } = await startPort(({ url }, respond) => {
    if (url === '/wait') waiting.push(respond)
    else say(respond, 'now')
  })
  const [busy, late, idle] = [openClient(address), openClient(address), openClient(address)]
  for (const client of [late, idle]) {
    client.send(get('/'))
    await until('it is answered', () => client.answers().length === 1)
  }
  busy.send(get('/wait'))
  await until('it is under way', () => waiting.length === 1)

  const closed = port.close({ isPatient: false })
  late.send(get('/'))
  await late.ended
  expect(late.answers().map(({ headers }) => headers['connection'])).toEqual([undefined, 'close'])
  late.socket.end()
  await idle.ended
  idle.socket.end()
  expect(busy.answers()).toEqual([])
  const [respond] = waiting
  if (respond !== undefined) say(respond, 'at last')
  await busy.ended
  busy.socket.end()
  expect(busy.answers()).toMatchObject([{ status: 200, headers: { connection: 'close' }, body: 'at last' }])
  await closed
})

test('no client that keeps sending loses a request while a port closes', async () => {
  const { port, address } = await startPort(({ url }, respond) => void setTimeout(() => say(respond, url), 1))
  let sent = 0
  let answered = 0
  const losses: string[] = []
  /** Resolves to whether the connection stays open. */
  const sendOne = (agent: Agent): Promise<boolean> => {
    const path = `/${sent++}`
    return new Promise((resolve) => {
      const outgoing = request(address + path, { agent }, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (text: string) => (body += text))
        response.on('end', () => {
          if (body === path) answered++
          else losses.push(`${path} was answered ${body}`)
          resolve(response.headers.connection !== 'close')
        })
      })
      outgoing.on('error', (error) => {
        losses.push(`${path}: ${error.message}`)
        resolve(false)
      })
      outgoing.end()
    })
  }
  const runClient = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    while (await sendOne(agent));
    agent.destroy()
  }
  const clients = Promise.all(Array.from({ length: 16 }, runClient))
  await until('they are in full swing', () => answered > 500)
  await port.close({ isPatient: false })
  await clients
  expect(losses).toEqual([])
  expect(answered).toBe(sent)
})

test('more clients than are allowed are turned away; when some leave, others may come', async () => {
  const { address } = await startPort((_request, respond) => say(respond, 'ok'), { maxConnections: 3 })
  const clients = [openClient(address), openClient(address), openClient(address)]
  for (const client of clients) {
    client.send(get('/'))
    await until('it is answered', () => client.answers().length === 1)
  }
  const fourth = openClient(address)
  await fourth.ended
  expect(fourth.received()).toBe('')
  for (const { socket } of clients) socket.destroy()
  await until('there is room again', async () => {
    const client = openClient(address)
    client.send(get('/').replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))
    await client.ended
    client.socket.destroy()
    return client.answers().length === 1
  })
})

test('a refused body may be sent to its end: the client reads the refusal, not a reset', async () => {
  const { address } = await startPort((_request, respond) => say(respond, 'ok'), { bodyLimitBytes: 1_000 })
  const client = openClient(address)
  client.send(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n`)
  const failed = new Promise((resolve) => client.socket.once('error', resolve))
  for (let i = 0; i < 80; i++) {
    client.send('b'.repeat(100_000))
    await sleep(1)
  }
  await until('all of it is sent', () => client.socket.writableLength === 0)
  await client.ended
  client.socket.end()
  expect(client.answers()).toMatchObject([{ status: 413, headers: { connection: 'close' } }])
  expect(await Promise.race([failed, sleep(100, 'no error')])).toBe('no error')
})

test('a handle that cannot be listened on is an error of start', async () => {
  const port = new HttpPort({ limits, stopTimeoutMs: 10_000, onRequest: () => undefined })
  await expect(port.start([{ fd: 1_000_000 }])).rejects.toThrow()
})
