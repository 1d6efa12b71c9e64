import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { missingComponents } from '../../harness/real-components.ts'
import { until } from '../../harness/until.ts'
import { describeNginx, formatMain } from '../../src/integrations/index.ts'
import { exampleConfig } from '../../src/integrations/testing/example.ts'

const missing = missingComponents('nginx')
const binds = { primary: { bind: '127.0.0.1:1' }, backup: { bind: '127.0.0.1:2' } }

test.skipIf(missing !== false)(
  `nginx writes the access log as JSON, without query strings${missing === false ? '' : ` (${missing})`}`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'changeover-nginx-'))
    const [socketPath, access] = [join(folder, 'front.sock'), join(folder, 'access.log')]
    const gateway = { ...exampleConfig.gateway, static: folder, bind: '127.0.0.1:3' }
    const text = formatMain(describeNginx({ ...exampleConfig, ...binds, gateway }, []), {
      pidFile: join(folder, 'pid'),
      temporaryFolder: folder,
      user: process.getuid?.() === 0 ? 'root' : undefined,
      maxConnections: 10,
      logFiles: { access, error: join(folder, 'error.log') },
      accessLogFormat: 'json',
    })
    // A Unix socket needs no free port.
    const file = join(folder, 'nginx.conf')
    writeFileSync(file, text.replace(/listen 127\.0\.0\.1:3[^;]*;/, `listen unix:${socketPath};`))
    const nginx = spawn('/usr/sbin/nginx', ['-c', file], { stdio: 'ignore' })
    const ask = (path: string, headers: Record<string, string>): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const sent = request({ socketPath, path, headers: { connection: 'close', ...headers } }, (answer) => {
          answer.resume().once('end', () => resolve(answer.statusCode))
        })
        sent.once('error', reject).end()
      })
    try {
      await until('nginx listens', () => existsSync(socketPath))
      const headers = { 'x-request-id': 'id-1', referer: 'http://x/?text=secret', 'user-agent': 'a "b"\\' }
      expect(await ask('/static/nginx.conf?text=secret', headers)).toBe(200)
      await until('the line is written', () => readFileSync(access, 'utf8').endsWith('\n'))
      const line = readFileSync(access, 'utf8')
      expect(JSON.parse(line)).toMatchObject({
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/) as string,
        requestId: 'id-1',
        method: 'GET',
        path: '/static/nginx.conf',
        protocol: 'HTTP/1.1',
        status: 200,
        bytes: readFileSync(file).length,
        durationMs: expect.any(Number) as number,
        referer: 'http://x/',
        userAgent: 'a "b"\\',
      })
      expect(line).not.toContain('secret')
    } finally {
      const exited = new Promise((resolve) => nginx.once('exit', resolve))
      nginx.kill('SIGQUIT')
      await exited
      rmSync(folder, { recursive: true })
    }
  },
)
