import type { ChildProcess } from 'node:child_process'
import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { Metadata } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { runCli } from '../../harness/cli.ts'
import { secondModel } from '../../harness/paths.ts'
import { freePorts } from '../../harness/processes.ts'
import { missingComponents, pythonClients } from '../../harness/real-components.ts'
import { startNginx, writeMainConfig } from '../../harness/stacks/nginx.ts'
import { until } from '../../harness/until.ts'
import { closeAll, infer, openClient, text } from '../support/grpc-port.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const [first, second] = ['1795419027', '1795419028']
const [name, other] = ['__label__name', '__label__other']
const script = fileURLToPath(new URL('../support/python/grpc_client.py', import.meta.url))
const missing = missingComponents('tritonclient[grpc]')

let stack: Stack
let address: string
beforeAll(async () => {
  stack = await startStack({
    config: "grpc: { bind: '127.0.0.1:0' }",
    gateway: "trustedProxies: ['127.0.0.1']",
    flags: (folder) => ['--access-logfile', join(folder, 'access.log')],
  })
  address = (await stack.status()).gateway.grpcAddress ?? ''
})
afterAll(async () => {
  await closeAll()
  await stack.stop()
})

test('the address is in the log and in the status', async () => {
  expect(address).toMatch(/^127\.0\.0\.1:\d+$/)
  expect(stack.log()).toContain(`, and at ${address} for gRPC\n`)
  expect((await stack.cli('status')).stdout).toContain(`gRPC ${address}`)
})

test('a port that is in use, an address that is none, and nginx are errors of the start', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-grpc-'))
  const start = async (bind: string, kind = 'own'): Promise<string> => {
    const path = join(folder, 'changeover.yaml')
    writeFileSync(
      path,
      `service: ${join(stack.folder, 'service.ts')}
models: {}
primary: { bind: '127.0.0.1:0' }
backup: { bind: '127.0.0.1:0' }
gateway: { bind: '127.0.0.1:0', kind: ${kind} }
grpc: { bind: '${bind}' }
`,
    )
    return (await runCli(['up', '--config', path])).stderr
  }
  writeFileSync(
    join(stack.folder, 'service.ts'),
    `import { defineService } from 'changeover'\nexport default defineService(() => undefined)`,
  )
  expect(await start(address)).toContain(`${address} is in use by another process`)
  expect(await start('nonsense')).toContain('“nonsense” is not an address to listen on')
  expect(await start(address, 'nginx')).toMatch(/changeover\.yaml:6: grpc cannot go with gateway\.kind nginx/)
  rmSync(folder, { recursive: true })
})

const missingNginx = missingComponents('nginx')

test.skipIf(missingNginx !== false)(
  `behind nginx, calls are of whom it says${missingNginx === false ? '' : ` (${missingNginx})`}`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'changeover-grpc-'))
    const [port = 0] = await freePorts(1)
    const site = join(folder, 'site.conf')
    writeFileSync(
      site,
      `server {
    listen 127.0.0.1:${port} http2;
    location / {
        grpc_pass grpc://${address};
        grpc_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
}
`,
    )
    const nginx = await startNginx(writeMainConfig(folder, site), port)
    const client = openClient(`127.0.0.1:${port}`)
    const metadata = Metadata.fromHttp2Headers({
      'x-forwarded-for': '192.0.2.9',
      'x-request-id': 'behind-nginx',
    })
    const called = await infer(client, { ...text('您贵姓'), model_name: 'name_question' }, { metadata })
    const unknown = await infer(client, { ...text('您贵姓'), model_name: 'unknown' })
    client.close()
    await nginx.stop()
    expect([called.code, called.answer]).toMatchObject([0, { model_version: first }])
    expect(called.metadata.get('x-request-id')).toEqual(['behind-nginx'])
    expect([unknown.code, unknown.details]).toEqual([5, expect.stringContaining('no version of the model')])
    expect(await readAccessLine('behind-nginx')).toMatch(/^192\.0\.2\.9 - - .* "behind-nginx"$/)
    rmSync(folder, { recursive: true })
  },
)

/** The line of the access log with an id, once it is written. */
async function readAccessLine(id: string): Promise<string> {
  let line: string | undefined
  await until('it is written', () => {
    const lines = readFileSync(join(stack.folder, 'access.log'), 'utf8').split('\n')
    line = lines.find((one) => one.endsWith(`"${id}"`))
    return line !== undefined
  })
  return line ?? ''
}

/** Asks with the clients of the registries until it is over, and tells how many answers came of each version. */
function startLoad(): {
  readonly stop: () => Promise<{ versions: Record<string, number>; failures: string[] }>
} {
  let printed = ''
  const client: ChildProcess = spawn(pythonClients, [script, address, 'name_question', 'load'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  client.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  const ended = new Promise((resolve) => client.once('close', resolve))
  return {
    stop: async () => {
      client.stdin?.end('stop\n')
      await ended
      return JSON.parse(printed) as { versions: Record<string, number>; failures: string[] }
    },
  }
}

/** Waits until some more requests have been answered. */
async function untilAnswered(): Promise<void> {
  const answered = async (): Promise<number> => (await stack.status()).gateway.status?.recent.answered ?? 0
  await until('requests are answered', async () => (await answered()) > 50)
}

describe.skipIf(missing !== false)(
  `clients of the registry${missing === false ? '' : ` (${missing})`}`,
  () => {
    test('read all that they ask for', async () => {
      const args = [script, address, 'name_question', 'what']
      const { stdout: printed } = await promisify(execFile)(pythonClients, args)
      const error = (code: string, message: string): unknown => [
        `StatusCode.${code}`,
        expect.stringMatching(message),
      ]
      expect(JSON.parse(printed)).toMatchObject({
        live: true,
        ready: true,
        model_ready: true,
        version_ready: true,
        other_ready: false,
        unknown_ready: false,
        server: { name: 'changeover', extensions: ['binary_tensor_data', 'model_repository'] },
        metadata: {
          name: 'name_question',
          versions: [first],
          platform: 'fasttext',
          inputs: [{ name: 'text', datatype: 'BYTES', shape: ['-1'] }],
        },
        index: { models: [{ name: 'name_question', version: first, state: 'READY' }] },
        answer: {
          id: '7',
          version: first,
          outputs: [
            ['labels', 'BYTES', [2, 2]],
            ['probabilities', 'FP32', [2, 2]],
          ],
          labels: [
            [name, other],
            [other, name],
          ],
          probabilities: [
            [expect.closeTo(0.998, 2), expect.closeTo(0.0016, 3)],
            [expect.closeTo(1, 2), expect.closeTo(0, 2)],
          ],
        },
        empty: [],
        compressed: [[name], [other]],
        only: ['probabilities'],
        errors: [
          error('NOT_FOUND', `version 1 of name_question is not served here; ${first} is`),
          error('NOT_FOUND', 'no version of the model unknown is served'),
          error('INVALID_ARGUMENT', 'names no model'),
          error('INVALID_ARGUMENT', 'inputs'),
          error('INVALID_ARGUMENT', 'no output logits'),
          error('INVALID_ARGUMENT', 'k is 0'),
          error('PERMISSION_DENIED', 'changeover deploy'),
          error('PERMISSION_DENIED', 'changeover deploy'),
          error('UNIMPLEMENTED', 'ModelConfig'),
          error('UNIMPLEMENTED', 'ModelStatistics'),
        ],
        raw: {
          contents: [first, 1, name],
          metadata: `name_question@${first}`,
          both: error('INVALID_ARGUMENT', 'has contents, and the request has raw_input_contents'),
          neither: error('INVALID_ARGUMENT', 'has no tensor'),
          numbers: error('INVALID_ARGUMENT', 'int_contents'),
          'too many': error('INVALID_ARGUMENT', '1 inputs and 2 raw_input_contents'),
          long: error('INVALID_ARGUMENT', 'element 1 of the input text ends after'),
          'no length': error('INVALID_ARGUMENT', 'element 0 of the input text ends after'),
          shapes: Array.from({ length: 8 }, () => error('INVALID_ARGUMENT', 'shape')),
          datatype: error('INVALID_ARGUMENT', 'INT32; it must be BYTES'),
          name: error('INVALID_ARGUMENT', 'no input __proto__'),
          model: error('NOT_FOUND', 'nothing is served at .*…$'),
          version: error('NOT_FOUND', String.raw`version 1/infer\?# of name_question is not served`),
          parameters: [
            null,
            error('INVALID_ARGUMENT', 'k is null'),
            error('INVALID_ARGUMENT', 'k is "1"'),
            error('INVALID_ARGUMENT', 'threshold is null'),
            null,
            null,
          ],
          stream: error('UNIMPLEMENTED', 'ModelStreamInfer'),
          cut: error('INVALID_ARGUMENT', 'ends after the tensor'),
          'too large': error('RESOURCE_EXHAUSTED', 'larger than max'),
          bomb: error('RESOURCE_EXHAUSTED', 'decompresses'),
          'no time': error('DEADLINE_EXCEEDED', ''),
          'no deadline was missed': null,
        },
        repository: {
          index: [['name_question', first, 'READY']],
          load: error('PERMISSION_DENIED', 'changeover deploy'),
        },
        health: {
          all: 'SERVING',
          service: 'SERVING',
          unknown: error('NOT_FOUND', 'unknown'),
          watched: 'SERVING',
        },
        reflection: {
          services: [
            'grpc.health.v1.Health',
            'inference.GRPCInferenceService',
            'inference.model_repository.ModelRepositoryService',
          ],
          differences: [],
        },
      })
    })

    test('are in the access log, with the ids that they send', async () => {
      expect(await readAccessLine('from-triton')).toMatch(
        /^127\.0\.0\.1 - - \[.+\] "POST \/inference\.GRPCInferenceService\/ModelInfer HTTP\/2\.0" 200 \d+ "-" "grpc-python.*" "from-triton"$/,
      )
    })

    test('lose nothing while the model is replaced, a worker is killed, and all processes are replaced', async () => {
      const load = startLoad()
      await untilAnswered()
      expect((await stack.deploy(secondModel)).at(-1)).toMatchObject({ type: 'end', ok: true })
      process.kill((await stack.status()).instances[0]?.workers[0]?.pid ?? 0, 'SIGKILL')
      await until('the primary serves again', async () => {
        const { gateway } = await stack.status()
        return gateway.status?.instances.primary.readyWorkers === 1
      })
      await untilAnswered()
      expect(await stack.cli('reload')).toMatchObject({ code: 0 })
      expect((await stack.status()).gateway.grpcAddress).toBe(address)
      await untilAnswered()
      const { versions, failures } = await load.stop()
      expect(failures).toEqual([])
      expect(Object.keys(versions).sort()).toEqual([`${first} ${name}`, `${second} ${name}`])
    })

    test('are served by the gateway that a supervisor starts which has adopted the stack', async () => {
      stack = await stack.superviseAnew()
      const { gateway } = await stack.status()
      expect(gateway.grpcAddress).toBe(address)
      process.kill(gateway.status?.pid ?? 0, 'SIGKILL')
      await until('there is another gateway', async () => {
        const { status } = (await stack.status()).gateway
        return status !== null && status.pid !== gateway.status?.pid && status.grpcAddress === address
      })
      const load = startLoad()
      await untilAnswered()
      const { versions, failures } = await load.stop()
      expect(failures).toEqual([])
      expect(Object.keys(versions)).toEqual([`${second} ${name}`])
    })
  },
)
