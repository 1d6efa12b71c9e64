import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { missingComponents } from '../../harness/real-components.ts'
import { until } from '../../harness/until.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const run = promisify(execFile)
const missing = missingComponents('curl', 'wrk', 'nginx')

const service = `
import { defineService, Type } from 'changeover'
export default defineService((routes) => {
  routes.post('/length', { body: Type.String() }, ({ body }) => body.length)
  routes.get('/hello', () => 'hello')
})
`

describe(`real clients${missing === false ? '' : ` (${missing})`}`, () => {
  let stack: Stack
  let addresses: readonly string[]
  let folder: string

  beforeAll(async () => {
    stack = await startStack({ service })
    addresses = [stack.gateway, stack.primary]
    folder = mkdtempSync(join(tmpdir(), 'changeover-clients-'))
    writeFileSync(join(folder, 'body.json'), JSON.stringify('x'.repeat(200_000)))
  })
  afterAll(async () => {
    await stack.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test('node:http keeps its connections', async () => {
    for (const address of addresses) {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      const ports = new Set<number | undefined>()
      for (let i = 0; i < 20; i++) ports.add(await askByNode(agent, `${address}/hello`))
      agent.destroy()
      expect(ports.size).toBe(1)
    }
  })

  test.skipIf(missing !== false)('curl posts, in chunks too, asks for heads, and is refused', async () => {
    const curl = async (...args: readonly string[]): Promise<string> =>
      (await run('/usr/bin/curl', ['--silent', '--show-error', '--max-time', '20', ...args])).stdout
    const file = `@${join(folder, 'body.json')}`
    for (const address of addresses) {
      const url = `${address}/length`
      expect(await curl('--data-binary', file, url)).toBe('200000')
      expect(await curl('--data-binary', file, '-H', 'Expect: 100-continue', url)).toBe('200000')
      expect(await curl('--data-binary', file, '-H', 'Transfer-Encoding: chunked', url)).toBe('200000')
      expect(await curl('--http1.0', '--data-binary', file, url)).toBe('200000')
      expect(await curl('--head', `${address}/hello`)).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
      expect(await curl(`${address}/hello`, `${address}/hello`)).toBe('hellohello')
      const refused = await curl('-H', 'Host:', '-w', '%{http_code}', `${address}/hello`)
      expect(refused).toMatch(/bad_request.*400$/)
    }
  })

  test.skipIf(missing !== false)('wrk gets nothing but good answers', async () => {
    for (const address of addresses) {
      const { stdout } = await run('/usr/bin/wrk', ['-t1', '-c16', '-d1s', `${address}/hello`])
      expect(Number(/(\d+) requests in/.exec(stdout)?.[1])).toBeGreaterThan(100)
      expect(stdout).not.toMatch(/Non-2xx|Socket errors/)
    }
  })

  test.skipIf(missing !== false)('nginx proxies to them over connections that it keeps', async () => {
    const fronts = await freePorts(2)
    const config = join(folder, 'nginx.conf')
    writeFileSync(config, nginxConfig(folder, addresses, fronts))
    const nginx = spawn('/usr/sbin/nginx', ['-p', folder, '-c', config, '-e', join(folder, 'error.log')])
    const exited = new Promise((resolve) => nginx.once('exit', resolve))
    try {
      for (const front of fronts) {
        const url = `http://127.0.0.1:${front}`
        await until('nginx answers', async () =>
          fetch(`${url}/hello`).then(
            (response) => response.ok,
            () => false,
          ),
        )
        const answer = await fetch(`${url}/length`, {
          method: 'POST',
          body: JSON.stringify('y'.repeat(100_000)),
        })
        expect(await answer.text()).toBe('100000')
        const { stdout } = await run('/usr/bin/wrk', ['-t1', '-c16', '-d1s', `${url}/hello`])
        expect(Number(/(\d+) requests in/.exec(stdout)?.[1])).toBeGreaterThan(100)
        expect(stdout).not.toMatch(/Non-2xx|Socket errors/)
      }
    } finally {
      nginx.kill('SIGQUIT')
      await exited
    }
  })
})

/** Resolves to the client's port, which says whether it is the same connection. */
function askByNode(agent: Agent, url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent }, (response) => {
      const { localPort } = response.socket
      response.resume().on('end', () => resolve(localPort))
    })
    outgoing.on('error', reject).end()
  })
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

function nginxConfig(folder: string, targets: readonly string[], ports: readonly number[]): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  )
  const servers = targets.map(
    (target, i) => `
upstream target${i} { server ${new URL(target).host}; keepalive 32; }
server {
  listen 127.0.0.1:${ports[i] ?? 0};
  location / {
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_pass http://target${i};
  }
}`,
  )
  return `daemon off;
worker_processes 1;
pid ${join(folder, 'nginx.pid')};
events { worker_connections 256; }
http {
access_log off;
client_body_buffer_size 1m;
${temporary.join('\n')}
${servers.join('\n')}
}
`
}
