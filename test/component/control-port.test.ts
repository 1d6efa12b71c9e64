import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { promisify } from 'node:util'

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

import { missingComponents } from '../../harness/real-components.ts'
import { until } from '../../harness/until.ts'
import type { TcpAddress } from '../../src/config/schema/index.ts'
import type { TlsMaterial } from '../../src/contracts/index.ts'
import type { ControlHandlers, ControlRoutes } from '../../src/control-api/index.ts'
import { ControlPort, createControlRoutes, createRemoteControl } from '../../src/control-api/index.ts'
import { digestToken, readTls } from '../../src/credentials/index.ts'
import { TestAuthority } from '../support/certificates.ts'

const look = 'l'.repeat(64)
const change = 'c'.repeat(64)
type ControlCall = Parameters<ControlRoutes[string]['answer']>[0]
const tokens = [
  { name: 'prometheus', right: 'look' as const, digest: digestToken(look) },
  { name: 'alice', right: 'change' as const, digest: digestToken(change) },
]
const loopback: TcpAddress = { host: '127.0.0.1', port: 0, isLoopback: true }

const deployed: unknown[] = []
const handlers: Partial<ControlHandlers> = {
  status: () => Promise.resolve({ pid: 1 } as never),
  deploy: (body) => Promise.resolve(void deployed.push(body)),
  reload: () => new Promise(() => undefined),
}
const routes = {
  ...createControlRoutes(handlers as ControlHandlers),
  'GET /': {
    right: 'none' as const,
    answer: ({ response }: ControlCall) => {
      response.end('page')
      return Promise.resolve()
    },
  },
  'GET /v1/forever': {
    right: 'look' as const,
    answer: ({ response }: ControlCall) => {
      response.write('first\n')
      return Promise.resolve()
    },
  },
}

const logged: string[] = []
const ports: ControlPort[] = []
afterEach(() => {
  for (const port of ports.splice(0)) port.close()
})

async function openPort(tls?: TlsMaterial, address = loopback): Promise<{ port: ControlPort; url: string }> {
  const log = (_level: string, message: string): void => void logged.push(message)
  const port = new ControlPort({ address, credentials: { tokens, tls }, routes, log })
  ports.push(port)
  await port.listen()
  port.open()
  return { port, url: port.url.replace('0.0.0.0', '127.0.0.1') }
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })
const deploy = (url: string, headers: Record<string, string>, target = 'm@1'): Promise<Response> =>
  fetch(`${url}/v1/deploy`, { method: 'POST', headers, body: JSON.stringify({ target, by: 'root' }) })

describe('over HTTP', () => {
  test('no token, a wrong one, one for looking and one for changing', async () => {
    const { url } = await openPort()
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(`${url}/v1/status`, { headers })).status
    expect(await status({})).toBe(401)
    expect(await status(bearer(`${look}x`))).toBe(401)
    expect(await status({ authorization: `Basic ${btoa(`alice:${change}`)}` })).toBe(401)
    expect(await status(bearer(look))).toBe(200)
    expect(await status(bearer(change))).toBe(200)
    const refused = await deploy(url, bearer(look))
    expect(refused.status).toBe(403)
    expect(await refused.json()).toMatchObject({ type: 'urn:changeover:error:not_allowed' })
    expect((await deploy(url, {})).status).toBe(401)
    expect(deployed).toEqual([])
    expect((await deploy(url, bearer(change))).status).toBe(200)
    expect(deployed).toEqual([{ target: 'm@1', by: 'alice', address: '127.0.0.1' }])
    expect(logged.at(-1)).toBe('control API: alice at 127.0.0.1 asks for POST /v1/deploy')
    expect(logged.join()).not.toContain(look.slice(0, 8))
  })

  test('which paths there are is told to nobody without a token; the page is given to all', async () => {
    const { url } = await openPort()
    expect((await fetch(`${url}/v1/none`)).status).toBe(401)
    expect((await fetch(`${url}/v1/none`, { headers: bearer(look) })).status).toBe(404)
    const page = await fetch(url)
    expect(await page.text()).toBe('page')
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    const api = await fetch(`${url}/v1/none`)
    expect(api.headers.get('content-security-policy')).toMatch(/^default-src 'none'; (?!.*-src 'self')/)
    for (const answer of [page, api]) {
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      expect(answer.headers.get('cache-control')).toBe('no-store')
    }
  })

  test('a file is not deployed from another machine', async () => {
    const { url } = await openPort()
    const count = deployed.length
    for (const target of ['/etc/shadow', '../x', 'm_1.bin', 'm_1.ftz'])
      expect((await deploy(url, bearer(change), target)).status).toBe(403)
    expect(deployed).toHaveLength(count)
  })

  test('a page of another origin, and a name that leads here, are refused with the right token too', async () => {
    const { url } = await openPort()
    const evil = { ...bearer(change), origin: 'https://evil.example' }
    expect((await deploy(url, evil)).status).toBe(403)
    expect(
      (await fetch(`${url}/v1/status`, { headers: { ...bearer(look), 'sec-fetch-site': 'cross-site' } }))
        .status,
    ).toBe(403)
    const preflight = await fetch(`${url}/v1/deploy`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://evil.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      },
    })
    expect(preflight.ok).toBe(false)
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull()
    const rebound = await exchange(
      url,
      `GET / HTTP/1.1\r\nhost: evil.example\r\nauthorization: Bearer ${look}\r\n\r\n`,
    )
    expect(rebound).toMatch(/^HTTP\/1\.1 403 /)
  })

  test('at an address that other machines reach, every name is taken', async () => {
    const { url } = await openPort(undefined, { host: '0.0.0.0', port: 0, isLoopback: false })
    const answer = await exchange(url, `GET / HTTP/1.1\r\nhost: models.example\r\nconnection: close\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  })

  test('1,000 wrong tokens are answered late or turned away, hold little, and the right one is answered meanwhile', async () => {
    const { url } = await openPort()
    let next = 0
    const answers: string[] = []
    const guess = async (): Promise<void> => {
      while (next < 1_000) {
        const token = String(next++).padStart(32, 'x')
        answers.push(
          await exchange(
            url,
            `GET /v1/status HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n\r\n`,
          ),
        )
      }
    }
    const guessing = Promise.all(Array.from({ length: 150 }, guess))
    const beforeMs = performance.now()
    const right = await fetch(`${url}/v1/status`, { headers: bearer(look) })
    expect(right.status).toBe(200)
    expect(performance.now() - beforeMs).toBeLessThan(4_000)
    await guessing
    expect(answers).toHaveLength(1_000)
    expect(answers.filter((answer) => answer.startsWith('HTTP/1.1 200'))).toEqual([])
    expect(answers.filter((answer) => answer.startsWith('HTTP/1.1 429')).length).toBeGreaterThan(100)
    expect((await fetch(`${url}/v1/status`, { headers: bearer(change) })).status).toBe(200)
    // One line for each doubling.
    expect(logged.filter((line) => line.includes('wrong token')).length).toBeLessThan(20)
  })

  test('connections that send nothing keep out nobody who has a token', async () => {
    const { url } = await openPort()
    const { port } = new URL(url)
    const silent: Socket[] = []
    for (let i = 0; i < 600; i++) silent.push(connect(Number(port), '127.0.0.1').on('error', () => undefined))
    expect((await fetch(`${url}/v1/status`, { headers: bearer(look) })).status).toBe(200)
    await until('the oldest are closed', () => silent.filter((socket) => socket.closed).length >= 300)
    for (const socket of silent) socket.destroy()
  })

  test('a token that a reload takes away ends what it looks at; one that stays goes on', async () => {
    const { port, url } = await openPort()
    const streams = await Promise.all(
      [look, change].map((token) => fetch(`${url}/v1/forever`, { headers: bearer(token) })),
    )
    const [gone, kept] = streams.map((answer) => answer.body?.getReader())
    await Promise.all([gone?.read(), kept?.read()])
    port.use({ tokens: tokens.slice(1) })
    await expect(gone?.read()).rejects.toThrow()
    const isOpen = await Promise.race([kept?.read().then(() => false), fetch(url).then(() => true)])
    expect(isOpen).toBe(true)
    await kept?.cancel()
    expect((await fetch(`${url}/v1/status`, { headers: bearer(look) })).status).toBe(401)
  })

  test('before the stack is there, requests are refused; a port in use is named', async () => {
    const { url } = await openPort()
    const address = { ...loopback, port: Number(new URL(url).port) }
    const second = new ControlPort({ address, credentials: { tokens }, routes, log: () => undefined })
    await expect(second.listen()).rejects.toMatchObject({ code: 'port_in_use' })
    const starting = new ControlPort({
      address: loopback,
      credentials: { tokens },
      routes,
      log: () => undefined,
    })
    ports.push(starting)
    await starting.listen()
    expect((await fetch(`${starting.url}/v1/status`, { headers: bearer(look) })).status).toBe(409)
  })
})

describe.skipIf(missingComponents('openssl', 'curl'))('over TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-tls-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  let authority: TestAuthority
  let tls: TlsMaterial
  beforeAll(() => {
    authority = new TestAuthority(folder)
    tls = readTls(authority.sign('first'), 'control.tls')
  })
  const ca = (): string => readFileSync(authority.path, 'utf8')

  test('curl, with the authority and without', async () => {
    const { url } = await openPort(tls)
    const curl = (...args: string[]) => promisify(execFile)('curl', ['-sS', ...args, `${url}/v1/status`])
    const header = ['-H', `Authorization: Bearer ${look}`]
    expect((await curl('--cacert', authority.path, ...header)).stdout).toBe('{"pid":1}')
    await expect(curl(...header)).rejects.toThrow('certificate')
  })

  test('the client, and what it says if it cannot connect', async () => {
    const { url } = await openPort(tls)
    const call = (target: string, options: object = {}): Promise<unknown> =>
      createRemoteControl({ url: new URL(target), token: look, ...options }).status()
    expect(await call(url, { ca: ca() })).toEqual({ pid: 1 })
    await expect(call(url)).rejects.toThrow('--cacert')
    await expect(call(url.replace('https', 'http'))).rejects.toThrow('https://')
    await expect(call(url, { ca: ca(), token: change.slice(1) })).rejects.toMatchObject({
      code: 'not_authenticated',
    })
    const { port } = ports[0] === undefined ? { port: '' } : new URL(url)
    ports.pop()?.close()
    await expect(call(`https://127.0.0.1:${port}`, { ca: ca() })).rejects.toThrow('ECONNREFUSED')
  })

  test('a new certificate is taken while a connection is open, which stays so', async () => {
    const { port, url } = await openPort(tls)
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: ca() })
    const ask = (): Promise<string> =>
      new Promise((resolve, reject) => {
        request(`${url}/v1/status`, { agent, headers: bearer(look) }, (answer) => {
          const { localPort } = answer.socket
          answer.resume().on('end', () => resolve(String(localPort)))
        })
          .on('error', reject)
          .end()
      })
    const before = await ask()
    port.use({ tokens, tls: readTls(authority.sign('second'), 'control.tls') })
    expect(await ask()).toBe(before)
    agent.destroy()
    const { stdout } = await promisify(execFile)('sh', [
      '-c',
      `openssl s_client -connect ${new URL(url).host} -CAfile ${authority.path} </dev/null 2>/dev/null`,
    ])
    expect(stdout).toMatch(/subject=CN\s*=\s*second/)
    expect(stdout).toContain('Verify return code: 0 (ok)')
  })

  test('with an authority for clients, only who has a certificate of it gets as far as a token', async () => {
    const { url } = await openPort({ ...tls, ca: ca() })
    const other = new TestAuthority(folder, 'other-ca')
    const read = ({ certificate, key }: { certificate: string; key: string }) => ({
      cert: readFileSync(certificate, 'utf8'),
      key: readFileSync(key, 'utf8'),
    })
    const call = (pair: object, token = look): Promise<unknown> =>
      createRemoteControl({ url: new URL(url), token, ca: ca(), ...pair }).status()
    expect(await call(read(authority.sign('client')))).toEqual({ pid: 1 })
    await expect(call(read(authority.sign('client')), 'x'.repeat(40))).rejects.toMatchObject({
      code: 'not_authenticated',
    })
    await expect(call({})).rejects.toMatchObject({ code: 'not_running' })
    await expect(call(read(other.sign('stranger')))).rejects.toMatchObject({ code: 'not_running' })
  })

  test('a handshake that does not go on holds up nobody', async () => {
    const { url } = await openPort(tls)
    const { port } = new URL(url)
    const slow = Array.from({ length: 300 }, () =>
      connect(Number(port), '127.0.0.1').on('error', () => undefined),
    )
    // The begin of a record of a handshake, and no more.
    for (const socket of slow) socket.write(Buffer.from([22, 3, 1, 2, 0, 1]))
    const socket = connectTls({ port: Number(port), ca: ca(), servername: 'localhost' })
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
    socket.destroy()
    for (const one of slow) one.destroy()
  })
})

/** Sends bytes on a connection of its own and resolves to all that comes back. */
function exchange(url: string, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    socket.on('error', reject).on('close', () => resolve(text))
    socket.write(bytes)
  })
}
