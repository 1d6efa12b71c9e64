import { execFile } from 'node:child_process'
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'

import { Client, credentials } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { firstModel, routePath, secondModel } from '../../harness/paths.ts'
import { missingComponents } from '../../harness/real-components.ts'
import { until } from '../../harness/until.ts'
import type { Pair } from '../support/certificates.ts'
import { TestAuthority } from '../support/certificates.ts'
import { health } from '../support/grpc-port.ts'
import { startLoad } from '../support/load.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const body = JSON.stringify({ text: [['您贵姓', 5]] })
const look = 'l'.repeat(64)
const [oldChange, newChange] = ['c'.repeat(64), 'd'.repeat(64)]

describe.skipIf(missingComponents('openssl', 'curl'))('a stack with TLS at every port', () => {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-tls-'))
  let stack: Stack
  let authority: TestAuthority
  let ca: string
  let control: string
  let grpc: string
  let second: Pair
  const pair: Pair = { certificate: join(folder, 'server.pem'), key: join(folder, 'server.key') }
  const tokenFiles = { look: join(folder, 'look'), change: join(folder, 'change') }

  /** As certbot and others renew: other files at the same paths. */
  const install = (from: Pair): void => {
    copyFileSync(from.certificate, pair.certificate)
    copyFileSync(from.key, pair.key)
  }
  const writeToken = (path: string, ...lines: string[]): void => {
    writeFileSync(path, lines.join('\n'), { mode: 0o600 })
    chmodSync(path, 0o600)
  }
  const subjectAt = async (url: string): Promise<string | undefined> => {
    const socket = await openTls(url)
    const { subject } = socket.getPeerCertificate()
    socket.destroy()
    return String(subject.CN)
  }
  const openTls = (url: string, options: object = {}): Promise<TLSSocket> =>
    new Promise((resolve, reject) => {
      const { port } = new URL(url)
      const socket = connectTls({ port: Number(port), ca, servername: 'localhost', ...options }, () =>
        resolve(socket),
      )
      socket.once('error', reject)
    })
  const remote = (...args: string[]): ReturnType<Stack['cli']> =>
    stack.cli(...args, '--control', control, '--cacert', authority.path, '--token-file', tokenFiles.change)

  beforeAll(async () => {
    authority = new TestAuthority(folder)
    ca = readFileSync(authority.path, 'utf8')
    second = authority.sign('second')
    install(authority.sign('first'))
    writeToken(tokenFiles.look, `prometheus ${look}`)
    writeToken(tokenFiles.change, `alice ${oldChange}`)
    const tls = `tls: { certificate: ${pair.certificate}, key: ${pair.key} }`
    stack = await startStack({
      gateway: `${tls},`,
      config: `grpc: { bind: '127.0.0.1:0', ${tls} }
control: { bind: '127.0.0.1:0', tokens: { look: ${tokenFiles.look}, change: ${tokenFiles.change} }, ${tls} }
http: { headersTimeoutMs: 2000 }
`,
    })
    control = / and (https:\S+)/.exec(stack.log())?.[1] ?? ''
    grpc = (await stack.status()).gateway.grpcAddress ?? ''
  })
  afterAll(async () => {
    await stack.stop()
    rmSync(folder, { recursive: true })
  })

  test('curl is answered, over HTTP/1.1, and without TLS it is not', async () => {
    expect(stack.gateway).toMatch(/^https:/)
    const curl = (...args: string[]) =>
      promisify(execFile)('curl', ['-sS', '--cacert', authority.path, ...args])
    const { stdout } = await curl(
      '-w',
      '\n%{http_version} %{http_code}',
      '--http2',
      '-d',
      body,
      '-H',
      'content-type: application/json',
      stack.gateway + routePath,
    )
    expect(stdout).toBe('5\n1.1 200')
    await expect(curl(stack.gateway.replace('https', 'http'))).rejects.toThrow()
  })

  test('requests that come at once, and a client that has closed its side, are all answered', async () => {
    const socket = await openTls(stack.gateway, { allowHalfOpen: true })
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    const ended = new Promise((resolve) => socket.once('end', resolve))
    const request = `POST ${routePath} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
    socket.end(request.repeat(50))
    await ended
    expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(50)
    socket.destroy()
  })

  test('gRPC is answered with TLS, and not without', async () => {
    const check = (channel: ReturnType<typeof credentials.createSsl>): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const client = new Client(grpc.replace('127.0.0.1', 'localhost'), channel)
        const { path, requestSerialize, responseDeserialize } = health['Check'] ?? fail()
        client.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          {},
          { deadline: Date.now() + 5_000 },
          (error, value) => {
            client.close()
            if (error === null) resolve(value)
            else reject(error)
          },
        )
      })
    expect(await check(credentials.createSsl(readFileSync(authority.path)))).toEqual({ status: 'SERVING' })
    await expect(check(credentials.createInsecure())).rejects.toThrow()
  })

  test('a handshake that goes no further is ended, and holds up nobody', async () => {
    const { port } = new URL(stack.gateway)
    const slow = Array.from({ length: 200 }, () =>
      connect(Number(port), '127.0.0.1')
        .on('error', () => undefined)
        .resume(),
    )
    for (const socket of slow) socket.write(Buffer.from([22, 3, 1, 2, 0, 1]))
    expect(await subjectAt(stack.gateway)).toBe('first')
    await until('they are disconnected', () => slow.every((socket) => socket.closed))
  })

  test('a pair that does not fit is refused by a reload, which names it, and the old one serves on', async () => {
    copyFileSync(second.key, pair.key)
    const { code, stderr } = await stack.cli('reload')
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining(`gateway.tls.key: ${pair.key} is not the key of the certificate`),
    ])
    for (const url of [stack.gateway, control, `https://${grpc}`]) expect(await subjectAt(url)).toBe('first')
  })

  test('a new certificate is taken by a reload under load: no request fails, and no open connection is reset', async () => {
    const load = startLoad(stack.gateway + routePath, 4, () => body, undefined, ca)
    const idle = await openTls(stack.gateway)
    install(second)
    const { code } = await stack.cli('reload')
    expect(code).toBe(0)
    const { length } = load.outcomes
    await until('the new gateway answers', () => load.outcomes.length > length + 20)
    const outcomes = await load.stop()
    expect(outcomes.filter(({ status }) => status !== 200)).toEqual([])
    for (const url of [stack.gateway, control, `https://${grpc}`]) expect(await subjectAt(url)).toBe('second')
    idle.write('GET /-/health HTTP/1.1\r\nhost: x\r\n\r\n')
    const [answer] = await new Promise<string[]>((resolve, reject) => {
      idle.once('data', (chunk: Buffer) => resolve([chunk.toString()])).once('error', reject)
    })
    expect(answer).toMatch(/^HTTP\/1\.1 200/)
    idle.destroy()
  })

  test('from another machine: status, a deploy of a version, its history, and no file', async () => {
    expect((await remote('status')).stdout).toContain('1795419027')
    const file = await remote('deploy', firstModel)
    expect([file.code, file.stderr]).toEqual([2, expect.stringContaining('is a file of this machine')])
    expect((await stack.cli('publish', secondModel)).code).toBe(0)
    expect((await remote('deploy', '1795419028', '--why', 'from afar')).code).toBe(0)
    expect((await remote('rollback')).code).toBe(0)
    const { stdout } = await remote('history', '--json')
    const entries = JSON.parse(stdout) as object[]
    expect(entries.slice(-2)).toMatchObject([
      { action: 'deploy', version: '1795419028', by: 'alice', address: '127.0.0.1', why: 'from afar' },
      { action: 'rollback', version: '1795419027', by: 'alice', address: '127.0.0.1' },
    ])
    expect((await remote('history')).stdout).toContain('alice at 127.0.0.1')
    const mine = join(folder, 'mine')
    writeToken(mine, look)
    const looking = ['--control', control, '--cacert', authority.path, '--token-file', mine]
    expect((await stack.cli('status', ...looking)).code).toBe(0)
    const refused = await stack.cli('rollback', ...looking)
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('only for looking')])
  })

  test('a reload takes other tokens, refuses a file that others may read, and records who asked for it', async () => {
    writeToken(tokenFiles.change, `alice ${oldChange}`, `alice ${newChange}`)
    expect((await remote('reload')).code).toBe(0)
    writeToken(tokenFiles.change, `alice ${newChange}`)
    chmodSync(tokenFiles.change, 0o644)
    const { code, stderr } = await stack.cli('reload')
    expect([code, stderr]).toEqual([2, expect.stringContaining('chmod 600')])
    chmodSync(tokenFiles.change, 0o600)
    // The file has the new token alone; until the reload the stack takes both.
    expect((await remote('reload')).code).toBe(0)
    writeToken(join(folder, 'old'), oldChange)
    const old = await stack.cli(
      'status',
      '--control',
      control,
      '--cacert',
      authority.path,
      '--token-file',
      join(folder, 'old'),
    )
    expect([old.code, old.stderr]).toEqual([1, expect.stringContaining('no longer')])
    const { stdout } = await stack.cli('history', '--json', '-n', '2')
    expect(JSON.parse(stdout)).toMatchObject([
      { action: 'reload', by: 'alice', address: '127.0.0.1', outcome: 'done' },
      { action: 'reload', by: 'alice', address: '127.0.0.1', outcome: 'done' },
    ])
  })

  test('mutual TLS is taken by a reload: who has no certificate of the authority is not answered', async () => {
    const config = readFileSync(stack.configPath, 'utf8')
    writeFileSync(
      stack.configPath,
      config.replace(`key: ${pair.key} },`, `key: ${pair.key}, clientCa: ${authority.path} },`),
    )
    expect((await stack.cli('reload')).code).toBe(0)
    const client = authority.sign('client')
    const curl = (...args: string[]) =>
      promisify(execFile)('curl', ['-sS', '--cacert', authority.path, ...args, `${stack.gateway}/-/health`])
    await expect(curl()).rejects.toThrow()
    expect((await curl('--cert', client.certificate, '--key', client.key)).stdout).toContain('ok')
  })
})

function fail(): never {
  throw new Error('the definition lacks it')
}
