import type { ChildProcess } from 'node:child_process'
import { execFile, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { firstModel, secondModel } from '../../harness/paths.ts'
import { missingComponents, pythonClients } from '../../harness/real-components.ts'
import { until } from '../../harness/until.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const service = `
import { defineService, Type } from 'changeover'
export default defineService((routes) => {
  routes.predict('/v2/models/own/infer', { body: Type.Unknown() }, () => 'the service’s own')
  routes.predict('/v1/label', { body: Type.String() }, ({ body, model }) => model('name_question').top(body)?.label)
})
`
const [first, second] = ['1795419027', '1795419028']
const [name, other] = ['__label__name', '__label__other']

let stack: Stack
beforeAll(async () => {
  stack = await startStack({ service, initial: firstModel, gateway: 'modelControl: true' })
})
afterAll(() => stack.stop())

type Answer = { readonly status: number; readonly body: unknown; readonly version: string | null }

async function ask(base: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(base + path, body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }) // prettier-ignore
  const text = await response.text()
  return {
    status: response.status,
    body: text.startsWith('{') || text.startsWith('[') ? (JSON.parse(text) as unknown) : text,
    version: response.headers.get('x-model-version'),
  }
}

describe.each(['gateway', 'primary', 'backup'] as const)('at the %s', (port) => {
  test('the Open Inference Protocol is served', async () => {
    const inputs = [{ name: 'text', datatype: 'BYTES', shape: [2], data: ['您贵姓', '你好'] }]
    const of = (path: string, body?: unknown): Promise<Answer> => ask(stack[port], path, body)
    expect(await of('/v2/health/live')).toMatchObject({ status: 200, body: { live: true } })
    expect(await of('/v2/health/ready')).toMatchObject({ status: 200, body: { ready: true } })
    expect(await of('/v2')).toMatchObject({
      body: { name: 'changeover', extensions: ['binary_tensor_data', 'model_repository'] },
    })
    for (const path of ['/v2/models/name_question', `/v2/models/name_question/versions/${first}/`]) {
      expect(await of(path)).toMatchObject({ body: { versions: [first], platform: 'fasttext' } })
      expect(await of(`${path.replace(/\/$/, '')}/ready`)).toMatchObject({ body: { ready: true } })
      expect(await of(`${path.replace(/\/$/, '')}/infer`, { inputs })).toMatchObject({
        status: 200,
        version: `name_question@${first}`,
        body: { model_version: first, outputs: [{ data: [name, other] }, { shape: [2, 1] }] },
      })
    }
    for (const path of ['/v2/models/x', '/v2/models/name_question/versions/1', '/v2/models/x/ready'])
      expect(await of(path)).toMatchObject({ status: 404, body: { error: expect.any(String) as string } })
    expect(await of('/v2/models/name_question/infer', { inputs: [] })).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/inputs/) as string },
    })
  })

  test('TensorFlow Serving’s :predict and status, and :explain, are served', async () => {
    const of = (path: string, body?: unknown): Promise<Answer> => ask(stack[port], path, body)
    expect(await of('/v1/models/name_question')).toMatchObject({
      body: { model_version_status: [{ version: first, state: 'AVAILABLE' }] },
    })
    for (const path of ['/v1/models/name_question', `/v1/models/name_question/versions/${first}`])
      expect(await of(`${path}:predict`, { instances: ['您贵姓'] })).toMatchObject({
        body: { predictions: [{ labels: [name], probabilities: [expect.closeTo(0.998, 2)] }] },
      })
    const { body } = await of('/v1/models/name_question:explain', { instances: ['您贵姓'] })
    const [[explanation]] = (
      body as { explanations: [[{ score: number; contributions: { score: number }[] }]] }
    ).explanations
    const sum = explanation.contributions.reduce((total, { score }) => total + score, 0)
    expect(sum).toBeCloseTo(explanation.score, 5)
  })

  test('a route of the service goes before them', async () => {
    expect((await ask(stack[port], '/v2/models/own/infer', {})).body).toBe('the service’s own')
  })
})

test('a request of a protocol counts as others do', async () => {
  const answered = async (): Promise<number> =>
    (await stack.status()).gateway.status?.instances.primary.answered ?? 0
  const before = await answered()
  await ask(stack.gateway, '/v1/models/name_question:predict', { instances: ['您贵姓'] })
  expect(await answered()).toBe(before + 1)
})

describe('the repository extension', () => {
  const path = '/v2/repository/models/name_question'
  const index = (body = {}): Promise<Answer> => ask(stack.gateway, '/v2/repository/index', body)
  const infer = async (): Promise<number> => {
    const inputs = [{ name: 'text', datatype: 'BYTES', shape: [1], data: ['您贵姓'] }]
    return (await ask(stack.gateway, '/v2/models/name_question/infer', { inputs })).status
  }

  test('unloads a model, also for the processes to come, and loads it again', async () => {
    const unload = { parameters: { unload_dependents: false } }
    expect(await ask(stack.gateway, `${path}/unload`, unload)).toMatchObject({ status: 200 })
    expect(await index()).toMatchObject({
      body: [{ name: 'name_question', version: first, state: 'UNAVAILABLE', reason: 'unloaded' }],
    })
    expect(await index({ ready: true })).toMatchObject({ body: [] })
    expect(await infer()).toBe(404)
    const before = await stack.status()
    expect(before.unloaded).toEqual(['name_question'])
    process.kill(before.instances[0]?.workers[0]?.pid ?? 0, 'SIGKILL')
    await until('the worker is replaced', async () => {
      const [worker] = (await stack.status()).instances[0]?.workers ?? []
      return worker != null && worker.pid !== before.instances[0]?.workers[0]?.pid
    })
    expect(await ask(stack.primary, '/v2/models/name_question')).toMatchObject({ status: 404 })
    expect(await ask(stack.gateway, `${path}/load`, {})).toMatchObject({
      status: 200,
      body: { name: 'name_question', version: first },
    })
    expect(await infer()).toBe(200)
    expect(await index({ ready: true })).toMatchObject({ body: [{ state: 'READY' }] })
  })

  test('refuses what is not known, what a page asks, and what an instance is asked', async () => {
    const refused = async (base: string, url: string, body: unknown): Promise<unknown> => {
      const answer = await ask(base, url, body)
      return [answer.status, (answer.body as { readonly error: string }).error]
    }
    const of = (url: string, body: unknown = {}): Promise<unknown> => refused(stack.gateway, url, body)
    expect(await of(`${path}/load`, { parameters: { version: '9' } })).toEqual([
      404,
      expect.stringContaining('no version 9'),
    ])
    expect(await of(`${path}/load`, { parameters: { config: '{}' } })).toEqual([
      400,
      expect.stringContaining('`config`'),
    ])
    expect(await of(`${path}/load`, [])).toEqual([400, expect.stringContaining('JSON object')])
    expect(await of('/v2/repository/models/x/unload')).toEqual([404, expect.stringContaining('no model x')])
    expect(await of('/v2/repository/models/%ff/load')).toEqual([400, expect.stringContaining('encoded')])
    expect(await refused(stack.primary, `${path}/unload`, {})).toEqual([
      403,
      expect.stringContaining('modelControl'),
    ])
    const page = await fetch(`${stack.gateway}${path}/unload`, {
      method: 'POST',
      headers: { origin: 'http://127.0.0.1:8086' },
    })
    expect(page.status).toBe(403)
    expect(await infer()).toBe(200)
  })
})

const missing = missingComponents('tritonclient', 'kserve')
const script = (file: string): string => fileURLToPath(new URL(`../support/python/${file}`, import.meta.url))
const startOfTriton = (): string[] => [script('v2_client.py'), new URL(stack.gateway).host, 'name_question']
const startOfKserve = (): string[] => [script('kserve_client.py'), stack.gateway, 'name_question']

async function run(start: readonly string[], what: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(pythonClients, [...start, what])
  return JSON.parse(stdout)
}

/** A client that asks again and again until it is told to stop; then it says which versions answered, and what failed. */
function startLoad(start: readonly string[]): { readonly stop: () => Promise<unknown> } {
  let printed = ''
  const client: ChildProcess = spawn(pythonClients, [...start, 'load'])
  client.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  const ended = new Promise((resolve) => client.once('exit', resolve))
  return {
    stop: async () => {
      client.stdin?.end('stop\n')
      await ended
      return JSON.parse(printed) as unknown
    },
  }
}

describe.skipIf(missing !== false)(
  `clients of the registry${missing === false ? '' : ` (${missing})`}`,
  () => {
    test('Triton’s reads all that it asks for', async () => {
      const labels = [
        [name, other],
        [other, name],
      ]
      const answer = { id: '7', version: first, labels }
      expect(await run(startOfTriton(), 'what')).toMatchObject({
        live: true,
        ready: true,
        model_ready: true,
        version_ready: true,
        other_ready: false,
        metadata: { name: 'name_question', versions: [first] },
        index: [{ name: 'name_question', version: first, state: 'READY' }],
        answers: [answer, answer, answer, answer],
        compressed: [
          [[name], [other]],
          [[name], [other]],
        ],
        errors: [
          ['404', `version 1 of name_question is not served here; ${first} is`],
          ['404', expect.stringContaining('no version of the model unknown is served')],
          ['413', expect.stringContaining('524288 bytes')],
        ],
      })
    })

    test('Triton’s unloads and loads a model', async () => {
      expect(await run(startOfTriton(), 'reload')).toEqual({ ready: [true, false, true], refused: '400' })
    })

    test('KServe’s reads all that it asks for, in both of its protocols', async () => {
      const answer = [first, [[name], [other]]]
      const unknown = [404, expect.stringContaining('no version of the model unknown is served')]
      expect(await run(startOfKserve(), 'what')).toEqual({
        live: true,
        ready: true,
        model_ready: true,
        model_ready_v1: true,
        infer: answer,
        binary: answer,
        predict: answer,
        explained: name,
        errors: [unknown, unknown],
      })
    })

    test('lose nothing while their model is replaced and a worker is killed', async () => {
      const loads = [startLoad(startOfTriton()), startLoad(startOfKserve())]
      const answered = async (): Promise<number> =>
        (await stack.status()).gateway.status?.instances.primary.answered ?? 0
      const further = async (): Promise<void> => {
        const before = await answered()
        await until('requests are answered', async () => (await answered()) > before + 100)
      }
      await further()
      const events = await stack.deploy(secondModel)
      expect(events.at(-1)).toMatchObject({ type: 'end', ok: true })
      const worker = (await stack.status()).instances[0]?.workers[0]?.pid ?? 0
      process.kill(worker, 'SIGKILL')
      await until('the primary serves again', async () => {
        const { gateway } = await stack.status()
        return gateway.status?.instances.primary.readyWorkers === 1
      })
      await further()
      const versions = {
        [`${first} ${name}`]: expect.any(Number) as number,
        [`${second} ${name}`]: expect.any(Number) as number,
      }
      for (const load of loads) expect(await load.stop()).toEqual({ versions, failures: [] })
    })
  },
)
