import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { runCli } from '../../harness/cli.ts'
import { cliPath, exampleFolder, firstModel, routePath, secondModel } from '../../harness/paths.ts'
import { until } from '../../harness/until.ts'
import type { StackStatus } from '../../src/contracts/index.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const request = join(exampleFolder, 'request.json')
const commands = [
  'up',
  'serve',
  'publish',
  'deploy',
  'rollback',
  'status',
  'models',
  'history',
  'verify',
  'call',
  'compare',
  'inspect',
  'tokenize',
  'openapi',
  'down',
]

describe('the command line on a running stack', () => {
  let stack: Stack

  beforeAll(async () => {
    stack = await startStack({ bakeMs: 200 })
  })
  afterAll(async () => {
    expect(await stack.stop()).toBe(0)
  })

  test('up says what listens where', () => {
    expect(stack.log()).toContain(`primary listening at ${stack.primary} (1 worker)`)
    expect(stack.log()).toContain(`backup listening at ${stack.backup} (1 worker)`)
    expect(stack.log()).toContain(`gateway listening at ${stack.gateway}`)
    expect(stack.log()).toMatch(/npx changeover deploy .*name_question_1795419028\.bin/)
  })

  test('call asks the configured gateway where no supervisor answers', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'changeover-call-'))
    const config = join(folder, 'changeover.yaml')
    try {
      const bind = stack.gateway.replace('http://', '')
      writeFileSync(config, `service: service.ts\nmodels: {}\ngateway: { bind: '${bind}' }\n`)
      const { stdout } = await runCli(['call', routePath, request, '--config', config])
      expect(stdout).toMatch(/\n5\n$/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('call prints the seconds and the answer', async () => {
    const byPath = await stack.cli('call', routePath, request)
    expect(byPath).toMatchObject({ code: 0, stderr: '' })
    expect(byPath.stdout).toMatch(/^0\.\d{6} s\nname_question@1795419027\n5\n$/)
    const byUrl = await stack.cli('call', stack.backup + routePath, '-d', '{"text": [["您贵姓", 7]]}')
    expect(byUrl.stdout).toMatch(/\n7\n$/)
    const refused = await stack.cli('call', routePath, '-d', '{"text": 1}')
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('must be array')])
  })

  test('call does not follow a redirect, and says where it leads', async () => {
    const server = createHttpServer((_, response) => {
      response.writeHead(308, { location: 'http://127.0.0.1:1/elsewhere' }).end()
    })
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const { code, stderr } = await runCli(['call', `http://127.0.0.1:${port}/`, '-d', '{"secret": 1}'])
    server.close()
    expect([code, stderr]).toEqual([2, expect.stringMatching(/answered 308: call http:\/\/127\.0\.0\.1:1\/elsewhere instead/)]) // prettier-ignore
  })

  test('the client of the example asks with the types of its service', async () => {
    const file = join(exampleFolder, 'client.ts')
    const ran = promisify(execFile)(process.execPath, ['--import', 'jiti/register', file, stack.gateway])
    expect((await ran).stdout).toBe("5 { name_question: '1795419027' }\n")
  })

  test('publish, models, deploy, status and rollback take a model there and back', async () => {
    const published = await stack.cli('publish', secondModel)
    expect(published).toMatchObject({ code: 0, stderr: '' })
    expect(published.stdout).toContain('published name_question@1795419028: 2 labels')

    const deployed = await stack.cli('deploy', 'name_question@1795419028')
    expect(deployed).toMatchObject({ code: 0, stderr: '' })
    const steps = [...deployed.stdout.matchAll(/[✓-] (\w+(?: \w+)?) +[\d.]+ m?s/g)].map((match) => match[1])
    expect(steps).toEqual([
      ...['whole', 'contract', 'golden', 'agreement', 'cost'].map((gate) => `gate ${gate}`),
      ...['pause', 'load', 'warm', 'selfTest', 'activate', 'resume', 'bake'].map((step) => `${step} primary`),
      ...['pause', 'load', 'warm', 'selfTest', 'activate', 'resume'].map((step) => `${step} backup`),
      'commit',
    ])
    expect((await stack.cli('call', routePath, request)).stdout).toContain('name_question@1795419028\n5\n')

    const models = JSON.parse((await stack.cli('models', '--json')).stdout) as {
      version: string
      role: string
    }[]
    expect(models.map(({ version, role }) => [version, role])).toEqual([
      ['1795419027', 'previous'],
      ['1795419028', 'active'],
    ])
    expect((await stack.cli('models')).stdout).toMatch(/name_question +1795419028 +active/)

    expect(await stack.cli('rollback')).toMatchObject({ code: 0, stderr: '' })
    const status = JSON.parse((await stack.cli('status', '--json')).stdout) as StackStatus
    expect(status.models[0]).toMatchObject({ active: '1795419027', previous: '1795419028' })
    const shown = (await stack.cli('status')).stdout
    expect(shown).toMatch(/primary .* name_question@1795419027/)
    expect(shown).toMatch(/backup .* name_question@1795419027/)
  })

  test('a second up for the same stack is refused, and so is one on a port in use', async () => {
    const again = await stack.cli('up')
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringMatching(/runs here already, as process \d+/),
    ])
    const other = join(stack.folder, 'other.yaml')
    writeFileSync(
      other,
      readFileSync(stack.configPath, 'utf8').replace(
        "gateway: { bind: '127.0.0.1:0'",
        `data: elsewhere\ngateway: { bind: '${stack.gateway.slice('http://'.length)}'`,
      ),
    )
    const inUse = await runCli(['up', '--config', other])
    expect([inUse.code, inUse.stderr]).toEqual([
      1,
      expect.stringMatching(/127\.0\.0\.1:\d+ is in use .*\(port_in_use\)/),
    ])
  })
})

describe('the command line without a stack', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'changeover-cli-'))
  })
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  const writeConfig = (text: string): string => {
    const path = join(folder, 'changeover.yaml')
    writeFileSync(path, text)
    return path
  }
  const exampleService = `service: ${join(exampleFolder, 'service.ts')}`

  test('every command has help with examples', async () => {
    for (const command of commands) {
      const { code, stdout } = await runCli([command, '--help'])
      expect([command, code, stdout]).toEqual([
        command,
        0,
        expect.stringMatching(/Examples?:\n {2}changeover /),
      ])
    }
    expect((await runCli(['--help'])).stdout).toContain('Exit codes')
  })

  test('inspect shows what is in a model, and says what is wrong with a file that is none', async () => {
    const shown = await runCli(['inspect', firstModel])
    expect(shown.stdout).toMatch(/supervised fastText model/)
    expect(shown.stdout).toMatch(/loss +softmax/)
    expect(shown.stdout).toContain('__label__name')
    expect(JSON.parse((await runCli(['inspect', '--json', firstModel])).stdout)).toMatchObject({ nLabels: 2 })
    const empty = join(folder, 'empty.bin')
    writeFileSync(empty, '')
    for (const file of [empty, join(exampleFolder, 'service.ts'), join(folder, 'none.bin')]) {
      const { code, stderr } = await runCli(['inspect', file])
      expect([code, stderr]).toEqual([1, expect.stringMatching(/\(model_file_(invalid|not_found)\)/)])
    }
  })

  test.each([
    [
      'an unknown key',
      `${exampleService}\nmodels: {}\ngateway:\n  prot: 8086\n`,
      /changeover\.yaml:4: gateway\.prot is not a key/,
    ],
    [
      'a wrong type',
      `${exampleService}\nmodels: {}\nworkers: many\n`,
      /changeover\.yaml:3: workers must be integer/,
    ],
    ['a missing key', `workers: 1\n`, /changeover\.yaml:1: models is missing/],
    ['YAML that is none', `service: [\n`, /changeover\.yaml:\d+: /],
    [
      'a fault in a model',
      `${exampleService}\nmodels:\n  a:\n    tokeniser: jieba\n`,
      /:4: models\.a\.tokeniser is not a key here; the keys are initial/,
    ],
  ])('a configuration with %s is refused by key and line', async (_what, text, message) => {
    const { code, stderr } = await runCli(['up', '--config', writeConfig(text)])
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)])
  })

  test('a TypeScript configuration works the same, and its faults have key and line too', async () => {
    const path = join(folder, 'changeover.config.ts')
    const text = (extra: string): string =>
      `export default {\n  service: ${JSON.stringify(join(exampleFolder, 'service.ts'))},\n  models: { name_question: {} },\n${extra}}\n`
    writeFileSync(path, text(''))
    expect(await runCli(['models', '--config', path])).toMatchObject({ code: 0, stderr: '' })
    writeFileSync(path, text('  wokers: 2,\n'))
    const { code, stderr } = await runCli(['models', '--config', path])
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/changeover\.config\.ts:4: wokers is not a key/),
    ])
  })

  test('where nothing runs, the exit code is 3; wrong usage is 2', async () => {
    const path = writeConfig(`${exampleService}\nmodels: { name_question: {} }\n`)
    for (const args of [['status'], ['deploy', '1'], ['rollback'], ['down'], ['call', '/']]) {
      const { code, stderr } = await runCli([...args, '--config', path])
      expect([args[0], code, stderr]).toEqual([args[0], 3, expect.stringContaining('changeover up')])
    }
    expect((await runCli(['deploy'])).code).toBe(2)
    expect((await runCli(['nothing'])).code).toBe(2)
    expect((await runCli(['status', '--config', join(folder, 'none.yaml')])).code).toBe(2)
  })

  test('a service file that fails is named, and nothing starts', async () => {
    writeFileSync(join(folder, 'broken.ts'), 'export default 5\n')
    const { code, stderr } = await runCli(['up', '--config', writeConfig('service: broken.ts\nmodels: {}\n')])
    expect([code, stderr]).toEqual([2, expect.stringMatching(/broken\.ts must export a service by default/)])
  })

  test('serve starts one instance with gunicorn’s flags, and SIGTERM ends it', async () => {
    copyFileSync(join(exampleFolder, 'service.ts'), join(folder, 'service.ts'))
    writeConfig(
      `service: service.ts\nmodels:\n  name_question: { initial: ${firstModel}, tokenizer: jieba }\n`,
    )
    const child = spawn(process.execPath, [
      cliPath,
      'serve',
      '-w',
      '2',
      '-b',
      '127.0.0.1:0',
      '--chdir',
      folder,
    ])
    let log = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text))
    await until('the instance listens', () => /listening at http:\S+ \(2 workers\)/.test(log))
    const address = /listening at (http:\S+)/.exec(log)?.[1] ?? ''
    const pids = new Set<string>()
    await until('both workers have answered', async () => {
      const page = await (await fetch(address, { headers: { connection: 'close' } })).text()
      pids.add(/process (\d+)/.exec(page)?.[1] ?? '')
      return pids.size === 2
    })
    const answer = await fetch(address + routePath, { method: 'POST', body: readFileSync(request) })
    expect(await answer.text()).toBe('5')
    const exited = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    expect(await exited).toBe(0)
    await expect(fetch(address)).rejects.toThrow()
  })
})

describe('stopping', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('%s stops every process', async (signal) => {
    const stack = await startStack()
    const pids = await allPids(stack)
    const exited = new Promise((resolve) => stack.supervisor.once('exit', resolve))
    stack.supervisor.kill(signal)
    expect(await exited).toBe(0)
    expect(pids.filter(isAlive)).toEqual([])
    rmSync(stack.folder, { recursive: true })
  })

  test('down stops every process, also those that a killed supervisor left behind', async () => {
    const stack = await startStack()
    const pids = await allPids(stack)
    const { code, stdout } = await stack.cli('down')
    expect([code, stdout]).toEqual([0, 'stopped\n'])
    await until('all have ended', () => !pids.some(isAlive))

    const killed = await startStack()
    const orphans = (await allPids(killed)).filter((pid) => pid !== killed.supervisor.pid)
    killed.supervisor.kill('SIGKILL')
    await until('the supervisor is gone', () => killed.supervisor.signalCode === 'SIGKILL')
    expect(orphans.every(isAlive)).toBe(true)
    const answer = await fetch(killed.gateway + routePath, { method: 'POST', body: readFileSync(request) })
    expect(await answer.text()).toBe('5')
    expect((await killed.cli('down')).stdout).toMatch(/3 processes .* were stopped/)
    await until('all have ended', () => !orphans.some(isAlive))
    for (const { folder } of [stack, killed]) rmSync(folder, { recursive: true })
  })

  test('an up that finds its port taken ends with the reason, also with a port for its metrics open', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'changeover-taken-'))
    const stranger = createServer().listen(0, '127.0.0.1')
    await once(stranger, 'listening')
    const { port } = stranger.address() as AddressInfo
    const configPath = join(folder, 'changeover.yaml')
    writeFileSync(
      configPath,
      `models: {}
metrics: { bind: '127.0.0.1:0' }
primary: { bind: '127.0.0.1:0' }
backup: { bind: '127.0.0.1:0' }
gateway: { bind: '127.0.0.1:${port}' }
`,
    )
    const { code, stderr } = await runCli(['up', '--config', configPath])
    expect([code, stderr]).toEqual([1, expect.stringContaining('(port_in_use)')])
    expect(stderr).toContain('metrics at http://127.0.0.1:')
    stranger.close()
    rmSync(folder, { recursive: true })
  })

  test('a port that a stranger took is told from one that is free', async () => {
    const stranger = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => stranger.once('listening', resolve))
    const { port } = stranger.address() as AddressInfo
    await expect(startStack({ config: `workers: 2\n`, primaryBind: `127.0.0.1:${port}` })).rejects.toThrow(
      'port_in_use',
    )
    stranger.close()
  })
})

async function allPids(stack: Stack): Promise<number[]> {
  const { pid, gateway, instances } = await stack.status()
  const workers = instances.flatMap((instance) => instance.workers.map((worker) => worker?.pid ?? 0))
  return [pid, gateway.status?.pid ?? 0, ...workers]
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('a gateway on a Unix socket is called, shown and named as what it is', async () => {
  const socketFolder = mkdtempSync(join(tmpdir(), 'changeover-socket-'))
  const socket = join(socketFolder, 'front.sock')
  const stack = await startStack({ flags: () => ['-b', `unix:${socket}`] })
  try {
    expect(stack.gateway).toBe(`unix:${socket}`)
    expect((await stack.cli('status')).stdout).toContain(`unix:${socket}`)
    expect(await stack.cli('call', routePath, request)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/\n5\n$/) as string,
    })
    expect(stack.log()).toContain(`curl --unix-socket ${socket} http://localhost/`)
  } finally {
    await stack.stop()
    rmSync(socketFolder, { recursive: true })
  }
})
