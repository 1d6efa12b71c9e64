import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { secondModel } from '../../harness/paths.ts'
import { until } from '../../harness/until.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const service = `
import { defineService, Type } from 'changeover'
export default defineService((routes) => {
  routes.predict('/ask', { body: Type.Object({ text: Type.String() }) }, ({ body, model }) => model('name_question').top(body.text)?.label)
  routes.get('/slow', () => new Promise((resolve) => setTimeout(() => resolve('at last'), 3_000)))
  routes.get('/fail/:name', () => { throw new Error('out of order') })
})`

type LogRecord = {
  readonly [name: string]: unknown
  readonly level: string
  readonly pid: number
  readonly msg: string
}

let stack: Stack
beforeAll(async () => {
  stack = await startStack({
    service,
    config: 'accessLogFormat: json',
    flags: (folder) => ['--access-logfile', join(folder, 'access.log')],
  })
})
afterAll(() => stack.stop())

const records = (): LogRecord[] =>
  stack
    .standardError()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogRecord)
const access = (): LogRecord[] =>
  readFileSync(join(stack.folder, 'access.log'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LogRecord)
const worker = async (): Promise<number> => (await stack.status()).instances[0]?.workers[0]?.pid ?? 0

test('every line of standard error is JSON that says which process wrote it', () => {
  const byProcess = new Map(records().map(({ process, pid }) => [process, pid]))
  expect([...byProcess.keys()].sort()).toEqual(['backup 0', 'primary 0', 'supervisor'])
  expect(byProcess.get('supervisor')).toBe(stack.supervisor.pid)
  for (const record of records())
    expect(record).toMatchObject({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
    })
  expect(records().at(-1)?.msg).toContain('npx changeover deploy')
})

test('the level is changed in all processes, also in those that start later, until a reload', async () => {
  expect((await stack.cli('log-level')).stdout).toBe('info\n')
  expect((await stack.cli('log-level', 'debug')).stdout).toBe('debug, in 4 processes\n')
  expect((await stack.cli('log-level')).stdout).toBe('debug\n')
  expect(await stack.cli('log-level', 'loud')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('debug, info, warning, error') as string,
  })

  const before = await worker()
  const slow = fetch(`${stack.gateway}/slow`, { headers: { 'x-request-id': 'slow-1' } })
  await until('it is asked', async () => (await stack.status()).instances[0]?.workers[0]?.inFlight === 1)
  process.kill(before, 'SIGKILL')
  expect(await (await slow).text()).toBe('at last')
  const again = records().find(({ requestId }) => requestId === 'slow-1')
  expect(again).toMatchObject({ level: 'debug', process: 'gateway', msg: expect.stringMatching(/^GET \/slow is sent again: the primary failed/) as string }) // prettier-ignore
  await until('there is another worker', async () => ![0, before].includes(await worker()))
  const after = await worker()
  expect((await stack.deploy(secondModel)).at(-1)).toMatchObject({ ok: true })
  expect(records().some(({ pid, msg }) => pid === after && msg === 'told to activate')).toBe(true)

  const config = readFileSync(stack.configPath, 'utf8')
  writeFileSync(stack.configPath, `${config}\nlogLevel: warning\n`)
  expect((await stack.cli('reload')).code).toBe(0)
  expect((await stack.cli('log-level')).stdout).toBe('warning\n')
  const since = new Date().toISOString()
  expect((await stack.deploy('1795419027')).at(-1)).toMatchObject({ ok: true })
  await until('its end is logged', async () => (await stack.status()).rollout === null)
  const later = records().filter(({ time, level }) => String(time) > since && level !== 'warning')
  expect(later).toEqual([])
  await stack.cli('log-level', 'debug')
})

test('no text of a caller is in any log, and lines about a request have its id', async () => {
  const said = '您贵姓秘密'
  const quoted = encodeURIComponent(said)
  const json = { 'content-type': 'application/json' }
  const bodies = [JSON.stringify({ text: said }), `{"text": "${said}`, JSON.stringify({ text: [said] })]
  for (const body of bodies)
    await fetch(`${stack.gateway}/ask?text=${quoted}`, { method: 'POST', body, headers: json })
  for (const path of ['/fail/me', '/nothing', '/-/docs'])
    await fetch(`${stack.gateway}${path}?text=${quoted}`, {
      headers: { 'x-request-id': `id${path}`, referer: `http://x/?text=${quoted}` },
    })
  await until('the failure is logged', () => records().some(({ requestId }) => requestId === 'id/fail/me'))
  expect(records().find(({ requestId }) => requestId === 'id/fail/me')).toMatchObject({
    level: 'error',
    process: 'primary 0',
    msg: expect.stringMatching(/^GET \/fail\/:name failed: Error: out of order\n/) as string,
  })
  await until('every answer has its line', () => access().some(({ path }) => path === '/-/docs'))
  expect(access().find(({ requestId }) => requestId === 'id/fail/me')).toMatchObject({
    client: '127.0.0.1',
    method: 'GET',
    path: '/fail/me',
    referer: 'http://x/',
    status: 500,
  })
  expect(
    access()
      .filter(({ path }) => path === '/ask')
      .map(({ status }) => status),
  ).toEqual([200, 400, 400])
  for (const text of [stack.standardError(), JSON.stringify(access())])
    for (const secret of [said, quoted, '秘密', 'text=']) expect(text).not.toContain(secret)
})
