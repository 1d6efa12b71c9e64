import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { until } from '../../harness/until.ts'
import { dataPaths } from '../../src/config/index.ts'
import type { LabelTally } from '../../src/contracts/index.ts'
import { sendCommand } from '../../src/ipc/index.ts'
import { placeSocket } from '../../src/process/index.ts'
import { readRecord } from '../../src/traffic-sample/index.ts'
import { openClient } from '../support/raw-client.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const service = `
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineService, Type } from 'changeover'

const note = (line: string) => appendFileSync(new URL('calls.log', import.meta.url), line + '\\n')
const Text = Type.Object({ text: Type.String() })

export default defineService((routes) => {
  routes.predict('/predict', { body: Text, examples: [{ body: { text: '示例' } }] }, (request) => {
    note('predict ' + request.body.text + ' ' + Object.keys(request).sort().join())
    return request.model('name_question').top(request.body.text)
  })
  routes.post('/post', { body: Text }, async ({ body }) => { note('post ' + body.text); await sleep(300); return body.text })
  routes.post('/block', { body: Text }, ({ body }) => {
    for (const endMs = performance.now() + 150; performance.now() < endMs;);
    note('block ' + body.text)
    return body.text
  })
  routes.get('/get/:n', async ({ params }) => { note('get ' + params['n']); await sleep(300); return params['n'] })
  routes.get('/once/:n', { retry: false }, async ({ params }) => { note('once ' + params['n']); await sleep(300); return params['n'] })
})
`

let stack: Stack
beforeAll(async () => {
  stack = await startStack({
    service,
    config: 'workers: 1',
    model: `initial: ${new URL('../../examples/name-question/models/name_question_1795419027.bin', import.meta.url).pathname}
    tokenizer: jieba
    record: { share: 1 }`,
    flags: (folder) => ['--access-logfile', join(folder, 'access.log')],
  })
})
afterAll(() => stack.stop())

const calls = (): string[] => {
  const file = join(stack.folder, 'calls.log')
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
}
const countOf = (line: string): number => calls().filter((call) => call.startsWith(line)).length
const post = (path: string, text: string): Promise<Response> =>
  fetch(stack.gateway + path, { method: 'POST', body: JSON.stringify({ text }) })
const primaryPid = async (): Promise<number> => (await stack.status()).instances[0]?.workers[0]?.pid ?? 0

/** How many labels the primary's worker has counted, and the backup's. */
const countLabels = (): Promise<number[]> =>
  Promise.all(
    ['primary-0', 'backup-0'].map(async (name) => {
      const socket = placeSocket(dataPaths(join(stack.folder, '.changeover')).run, name)
      const tally = await sendCommand(socket, { do: 'labelCounts', model: 'name_question' }, 1_000)
      return (tally as LabelTally).counts.reduce((sum, [, count]) => sum + count, 0)
    }),
  )

/** kill -9 of the primary's worker; resolves when another one serves. */
async function killPrimary(): Promise<void> {
  const before = await primaryPid()
  process.kill(before, 'SIGKILL')
  await until('another worker serves', async () => {
    const { gateway } = await stack.status()
    return ![0, before].includes(await primaryPid()) && gateway.status?.instances.primary.readyWorkers === 1
  })
}

test('examples warm each new process, and what they do is seen nowhere', async () => {
  expect(countOf('predict 示例')).toBeGreaterThan(100)
  for (let i = 0; i < 6; i++) {
    expect((await post('/predict', `您贵姓 ${i}`)).status).toBe(200)
    expect((await post('/post', `第${i}句`)).status).toBe(200)
  }
  // The warm-up's hundreds are not among them.
  expect(await countLabels()).toEqual([6, 0])
  await killPrimary()
  expect(await countLabels()).toEqual([0, 0])
  for (let i = 0; i < 6; i++) expect(countOf(`post 第${i}句`)).toBe(1)
  expect(calls().filter((call) => call.startsWith('predict') && !call.includes('示例'))).toHaveLength(6)
  expect(new Set(calls().flatMap((call) => /^predict .* (\S+)$/.exec(call)?.[1] ?? []))).toEqual(
    new Set(['body,model,params']),
  )
  const { gateway, instances } = await stack.status()
  expect(gateway.status?.instances.primary.answered).toBe(12)
  expect(instances[0]?.workers[0]?.answered).toBe(0)
  expect(instances[1]?.workers[0]?.answered).toBe(0)
  expect(readFileSync(join(stack.folder, 'access.log'), 'utf8').trim().split('\n')).toHaveLength(12)
  const { record } = dataPaths(join(stack.folder, '.changeover'))
  await until('the callers’ texts are recorded', () => readRecord(record, 'name_question', 100).length > 0)
  expect(readRecord(record, 'name_question', 10_000)).not.toContain('示例')
})

test('kill -9 in the middle: a post and a GET that must not be retried run once and get 502; other GETs are answered', async () => {
  const asked = {
    post: post('/post', 'killed'),
    once: fetch(`${stack.gateway}/once/killed`),
    get: fetch(`${stack.gateway}/get/killed`),
  }
  await until('all have begun', () =>
    ['post', 'once', 'get'].every((kind) => countOf(`${kind} killed`) === 1),
  )
  await killPrimary()
  const answers = {
    post: (await asked.post).status,
    once: (await asked.once).status,
    get: (await asked.get).status,
  }
  expect(answers).toEqual({ post: 502, once: 502, get: 200 })
  expect(await (await asked.post).text()).toContain('whether it was carried out is not known')
  expect([countOf('post killed'), countOf('once killed'), countOf('get killed')]).toEqual([1, 1, 2])
})

test('a worker that is stopped and goes on: each post runs once', async () => {
  const pid = await primaryPid()
  process.kill(pid, 'SIGSTOP')
  const answers = [post('/post', 'stopped-1'), post('/post', 'stopped-2')]
  try {
    await until('the gateway knows that the worker does not respond', async () => {
      const { gateway } = await stack.status()
      return gateway.status?.instances.primary.readyWorkers === 0
    })
    expect(await (await fetch(`${stack.gateway}/get/other`)).text()).toBe('other')
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200])
  expect([countOf('post stopped-1'), countOf('post stopped-2')]).toEqual([1, 1])
})

test('a request whose client has reset its connection before its turn is not carried out', async () => {
  const count = 8
  const others = Array.from({ length: count }, (_, i) => post('/block', String(i)))
  await until('the worker has work', () => countOf('block') > 0)
  const leaving = openClient(stack.gateway)
  leaving.send('POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 15\r\n\r\n{"text":"gone"}')
  // It is behind all of those.
  await until('the worker has it', async () => {
    const { inFlight = 0 } = (await stack.status()).instances[0]?.workers[0] ?? {}
    return inFlight > count - countOf('block')
  })
  leaving.socket.resetAndDestroy()
  for (const answer of await Promise.all(others)) expect(answer.status).toBe(200)
  await until(
    'nothing is in flight',
    async () => (await stack.status()).gateway.status?.instances.primary.inFlight === 0,
  )
  expect(countOf('predict gone')).toBe(0)
})
