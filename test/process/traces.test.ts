import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { runCli } from '../../harness/cli.ts'
import { secondModel } from '../../harness/paths.ts'
import { until } from '../../harness/until.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'
import type { ReceivedSpan } from '../support/trace-receiver.ts'
import { TraceReceiver } from '../support/trace-receiver.ts'

const service = `
import { defineService, Type } from 'changeover'
export default defineService((routes) => {
  routes.predict('/ask', { body: Type.Object({ text: Type.String() }) }, ({ body, model }) => model('name_question').top(body.text)?.label)
  routes.get('/slow/:n', () => new Promise((resolve) => setTimeout(() => resolve('at last'), 1_500)))
  routes.get('/seen', ({ headers }) => headers.traceparent)
})`

/** Each process writes what it has loaded of OpenTelemetry when it exits. */
const hook = (folder: string): string => `
process.on('exit', () => {
  const loaded = Object.keys(require.cache).filter((path) => path.includes('@opentelemetry'))
  require('node:fs').writeFileSync(${JSON.stringify(folder)} + '/' + process.pid + '.json', JSON.stringify(loaded))
})`

const receiver = new TraceReceiver()
const folder = mkdtempSync(join(tmpdir(), 'changeover-traces-'))
let port: number
let stack: Stack
beforeAll(async () => {
  const endpoint = await receiver.start()
  port = Number(new URL(endpoint).port)
  writeFileSync(join(folder, 'hook.cjs'), hook(folder))
  stack = await startStack({
    service,
    config: `tracing: { endpoint: '${endpoint}', serviceName: names }`,
    env: { NODE_OPTIONS: `--require ${join(folder, 'hook.cjs')}` },
  })
})
afterAll(async () => {
  // The last tests have stopped it, if none failed.
  await stack.stop()
  await receiver.close()
  rmSync(folder, { recursive: true })
})

const newTrace = (): string => randomBytes(16).toString('hex')
const caller = '00f067aa0ba902b7'
const ask = (
  path: string,
  traceId: string,
  options: RequestInit & { flags?: string } = {},
): Promise<Response> =>
  fetch(stack.gateway + path, {
    ...options,
    headers: {
      traceparent: `00-${traceId}-${caller}-${options.flags ?? '01'}`,
      'content-type': 'application/json',
    },
  })
const said = '您贵姓秘密'
const post = { method: 'POST', body: JSON.stringify({ text: said }) }
const worker = async (): Promise<number> => (await stack.status()).instances[0]?.workers[0]?.pid ?? 0
const loadedBy = (pid: number): readonly string[] =>
  JSON.parse(readFileSync(join(folder, `${pid}.json`), 'utf8')) as string[]

function childrenOf(spans: readonly ReceivedSpan[], parent: ReceivedSpan | undefined): ReceivedSpan[] {
  return spans.filter(({ parentSpanId }) => parentSpanId === parent?.spanId)
}

test('a request is one trace: gateway, worker, tokenize and predict, in the trace of its caller', async () => {
  const traceId = newTrace()
  const answer = await ask('/ask', traceId, post)
  expect(answer.status).toBe(200)
  const spans = await receiver.trace(traceId, 4)
  expect(spans).toHaveLength(4)
  const [gateway] = spans.filter(({ parentSpanId }) => parentSpanId === caller)
  const [inWorker] = childrenOf(spans, gateway)
  expect(gateway).toMatchObject({
    name: 'POST /ask',
    isError: false,
    attributes: {
      'http.request.method': 'POST',
      'http.route': '/ask',
      'http.response.status_code': 200,
      'changeover.request_id': answer.headers.get('x-request-id'),
      'changeover.queue_ms': expect.any(Number) as number,
    },
    resource: { 'service.name': 'names', 'changeover.process': 'gateway' },
  })
  expect(gateway?.events.map(({ name, attributes }) => [name, attributes['changeover.instance']])).toEqual([
    ['attempt', 'primary'],
  ])
  expect(inWorker).toMatchObject({
    attributes: { 'http.route': '/ask', 'changeover.instance': 'primary', 'changeover.texts': 1 },
    resource: { 'changeover.process': 'primary-0', 'process.pid': await worker() },
  })
  const parts = childrenOf(spans, inWorker)
  expect(parts.map(({ name }) => name)).toEqual(['tokenize', 'predict'])
  for (const part of parts) {
    expect(part.attributes).toEqual({
      'changeover.model': 'name_question',
      'changeover.version': '1795419027',
    })
    expect(part.startNs >= (inWorker?.startNs ?? 0n) && part.endNs <= (inWorker?.endNs ?? 0n)).toBe(true)
  }
})

test('what a caller says of sampling holds, and the service is told which span asks it', async () => {
  const [sampled, left] = [newTrace(), newTrace()]
  const unsampled = await ask('/seen', left, { flags: '00' })
  expect(await unsampled.text()).toBe(`00-${left}-${caller}-00`)
  const seen = await (await ask('/seen', sampled)).text()
  const spans = await receiver.trace(sampled, 2)
  const gateway = spans.find(({ parentSpanId }) => parentSpanId === caller)
  expect(seen).toBe(`00-${sampled}-${gateway?.spanId ?? ''}-01`)
  // What was asked before has been sent by now.
  expect(receiver.spans.filter(({ traceId }) => traceId === left)).toEqual([])
})

test('a request that was sent again after kill -9 shows both attempts', async () => {
  const [traceId, before] = [newTrace(), await worker()]
  const slow = ask('/slow/1', traceId)
  await until('it is asked', async () => (await stack.status()).instances[0]?.workers[0]?.inFlight === 1)
  process.kill(before, 'SIGKILL')
  expect(await (await slow).text()).toBe('at last')
  const spans = await receiver.trace(traceId, 2)
  const gateway = spans.find(({ parentSpanId }) => parentSpanId === caller)
  expect(gateway?.name).toBe('GET /slow/:n')
  expect(gateway?.events.map(({ name, attributes }) => [name, attributes['changeover.instance']])).toEqual([
    ['attempt', 'primary'],
    ['attempt failed', 'primary'],
    ['attempt', 'backup'],
  ])
  // The worker that was killed could not say anything.
  expect(childrenOf(spans, gateway).map(({ resource }) => resource['changeover.process'])).toEqual([
    'backup-0',
  ])
  await until('another worker is there', async () => ![0, before].includes(await worker()))
})

test('a deploy is one trace, with a span for each gate and step', async () => {
  const events = await stack.deploy(secondModel)
  expect(events.at(-1)).toMatchObject({ type: 'end', ok: true })
  const steps = events.flatMap((event) =>
    event.type === 'step' && event.state !== 'started' ? [event.step] : [],
  )
  await until('it is received', () => receiver.spans.some(({ name }) => name === 'deploy name_question'))
  const deploy = receiver.spans.find(({ name }) => name === 'deploy name_question')
  expect(deploy).toMatchObject({
    parentSpanId: undefined,
    isError: false,
    attributes: { 'changeover.version': 'name_question@1795419028', 'changeover.from': '1795419027' },
    resource: { 'changeover.process': 'supervisor' },
  })
  const spans = await receiver.trace(deploy?.traceId ?? '', steps.length + 1)
  expect(
    childrenOf(spans, deploy)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(steps.sort())
  expect(steps).toEqual(expect.arrayContaining(['publish', 'gate whole', 'commit']))
  const refused = await stack.deploy('1')
  expect(refused.at(-1)).toMatchObject({ type: 'end', ok: false })
})

test('no text of a caller is in what was sent', () => {
  expect(receiver.spans.length).toBeGreaterThan(10)
  for (const secret of [said, '秘密', encodeURIComponent(said)]) expect(receiver.text).not.toContain(secret)
})

test('a collector that is away costs no request, and is named once', async () => {
  await receiver.close()
  for (let i = 0; i < 300; i++) expect((await ask('/ask', newTrace(), post)).status).toBe(200)
  const complaints = (): number => stack.log().split('traces cannot be sent to').length - 1
  await until('gateway and worker have said so', () => complaints() >= 2)
  for (let i = 0; i < 300; i++) expect((await ask('/ask', newTrace(), post)).status).toBe(200)
  expect(complaints()).toBeLessThanOrEqual(3)
  await receiver.start(port)
  const traceId = newTrace()
  await until('traces are sent again', async () => {
    await ask('/ask', traceId, post)
    return receiver.spans.some((span) => span.traceId === traceId)
  })
})

test('where tracing is not configured nothing of it is loaded', async () => {
  const pids = async (): Promise<number[]> => {
    const { gateway, instances } = await stack.status()
    return [gateway.status?.pid ?? 0, ...instances.map(({ workers: [one] }) => one?.pid ?? 0)]
  }
  const traced = await pids()
  const config = readFileSync(stack.configPath, 'utf8')
  writeFileSync(stack.configPath, config.replace(/^tracing:.*$/m, ''))
  expect((await stack.cli('reload')).code).toBe(0)
  const untraced = await pids()
  await receiver.close()
  const beganMs = performance.now()
  expect(await stack.stop()).toBe(0)
  expect(performance.now() - beganMs).toBeLessThan(10_000)
  expect(readdirSync(folder).length).toBeGreaterThan(6)
  for (const pid of traced) expect(loadedBy(pid)).not.toEqual([])
  for (const pid of untraced) expect(loadedBy(pid)).toEqual([])
})

test('packages that are missing are named with the command that installs them', async () => {
  const hide = `export const resolve = (name, context, next) => {
    if (name.startsWith('@opentelemetry/')) throw Object.assign(new Error('Cannot find package ' + name), { code: 'ERR_MODULE_NOT_FOUND' })
    return next(name, context)
  }`
  const register = `import { register } from 'node:module'; register('data:text/javascript,' + ${JSON.stringify(encodeURIComponent(hide))})`
  const [config, hidden] = [join(folder, 'changeover.yaml'), join(folder, 'hide.mjs')]
  writeFileSync(hidden, register)
  writeFileSync(
    config,
    "models: {}\ntracing: { endpoint: 'http://127.0.0.1:1' }\ngateway: { bind: '127.0.0.1:0' }\n",
  )
  const { code, stderr } = await runCli(['up', '--config', config], {
    env: { NODE_OPTIONS: `--import ${pathToFileURL(hidden).href}` },
  })
  expect(code).toBe(2)
  expect(stderr).toMatch(
    /Cannot find package @opentelemetry\/\S+\); run `npm install @opentelemetry\/api .*tracing_unavailable/,
  )
})
