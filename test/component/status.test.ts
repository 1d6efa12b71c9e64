import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { runCli } from '../../harness/cli.ts'
import type { StackStatus } from '../../src/contracts/index.ts'

const served = Array.from({ length: 1_000 }, (_, n) => ({ model: `m${n}`, version: '1', sinceMs: n * 1_000 }))

const worker = {
  pid: 4,
  startedAtMs: 0,
  address: 'http://127.0.0.1:5001',
  served,
  inFlight: 0,
  answered: 0,
  paused: false,
  port: { failed: 0, latency: [] },
  routes: [],
}

const status: StackStatus = {
  pid: 1,
  startedAtMs: 0,
  configPath: '/srv/changeover.yaml',
  models: served.map(({ model, version, sinceMs }) => ({ model, active: version, previous: null, sinceMs })),
  damaged: [],
  rollout: null,
  gateway: { address: 'http://127.0.0.1:8086', restarts: 0, status: null },
  instances: [{ name: 'primary', address: 'http://127.0.0.1:5001', restarts: 0, workers: [worker, null] }],
}

let folder: string
let server: Server
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-status-'))
  writeFileSync(join(folder, 'changeover.yaml'), 'service: service.ts\nmodels: {}\ndata: data\n')
  const run = join(folder, 'data/run')
  mkdirSync(run, { recursive: true })
  chmodSync(run, 0o700)
  server = createServer((_request, response) => response.end(JSON.stringify(status)))
  await new Promise<void>((resolve) => server.listen(join(run, 'control.sock'), resolve))
})
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

const ask = (...options: string[]) =>
  runCli(['status', '--config', join(folder, 'changeover.yaml'), ...options])

test('of 1,000 models it shows those that changed last, and says how to see the rest', async () => {
  const { code, stdout } = await ask()
  expect(code).toBe(0)
  const lines = stdout.trimEnd().split('\n')
  expect(lines.length).toBeLessThan(30)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(200)
  expect(stdout).toMatch(/^primary .* m0@1 m1@1 m2@1 and 997 more/m)
  expect(lines.filter((line) => /^m\d+ /.test(line)).map((line) => line.split(' ')[0])).toEqual(
    Array.from({ length: 20 }, (_, n) => `m${999 - n}`),
  )
  expect(lines.at(-1)).toMatch(/^… and 980 more.*--model NAME.*--json/)
})

test('of one model it shows what concerns that alone, and of one that is none it says so', async () => {
  const { stdout } = await ask('--model', 'm77')
  expect(stdout).toMatch(/^primary .* m77@1 +- /m)
  expect(stdout.match(/^m\d+ /gm)).toEqual(['m77 '])
  const json = JSON.parse((await ask('--model', 'm77', '--json')).stdout) as StackStatus
  expect(json.models.map(({ model }) => model)).toEqual(['m77'])
  expect(json.instances[0]?.workers[0]?.served).toHaveLength(1)
  const none = await ask('--model', 'm')
  expect(none).toMatchObject({ code: 1, stdout: '' })
  expect(none.stderr).toMatch(/no version of m is active; `changeover models`.*\(model_unknown\)/)
})

test('as JSON it prints all', async () => {
  const json = JSON.parse((await ask('--json')).stdout) as StackStatus
  expect(json.models).toHaveLength(1_000)
})
