import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { exampleFolder, routePath, secondModel } from '../../harness/paths.ts'
import { missingComponents } from '../../harness/real-components.ts'
import { until } from '../../harness/until.ts'
import { dataPaths } from '../../src/config/index.ts'
import type { GatewayCommand } from '../../src/contracts/index.ts'
import { sendCommand } from '../../src/ipc/index.ts'
import { placeSocket } from '../../src/process/index.ts'
import type { Load } from '../support/load.ts'
import { startLoad } from '../support/load.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'
import { expectRightAnswers, utteranceBody } from '../support/utterance-load.ts'

const missing = missingComponents('nginx')

const exampleService = readFileSync(join(exampleFolder, 'service.ts'), 'utf8')
/** The example's service with some routes more. */
const serviceWith = (routes: string): string =>
  exampleService.replace(/(defineService\(.*\n)/, (line) => `${line}${routes}`)
const postRoute = (path: string): string =>
  `  routes.post('${path}', { body: Type.Unknown() }, () => String(process.pid)),\n`
const headersRoute = `  routes.get('/headers', ({ headers }) => headers),\n`

describe.skipIf(missing !== false)(`nginx as the gateway${missing === false ? '' : ` (${missing})`}`, () => {
  let stack: Stack

  beforeAll(async () => {
    stack = await startStack({
      gatewayKind: 'nginx',
      service: serviceWith(headersRoute + postRoute('/feedback')),
      config: 'bodyLimitBytes: 100000',
      bakeMs: 200,
      flags: (folder) => ['--access-logfile', join(folder, 'access.log')],
    })
    writeFileSync(join(stack.folder, 'static/hello.html'), 'hello')
    expect((await stack.cli('publish', secondModel)).code).toBe(0)
  })
  afterAll(async () => {
    expect(await stack.stop()).toBe(0)
    expect(await isListening()).toBe(false)
  })

  const runFolder = (): string => dataPaths(join(stack.folder, '.changeover')).run
  const nginxPid = (): number => Number(readFileSync(join(runFolder(), 'nginx/nginx.pid'), 'utf8'))
  const isListening = (): Promise<boolean> =>
    ask('/').then(
      () => true,
      () => false,
    )
  /** On a connection of its own: nginx closes idle ones at once when it takes up a configuration, or ends. */
  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(stack.gateway + path, { ...init, headers: { connection: 'close' } })
  const post = (path: string, body = '1'): Promise<Response> => ask(path, { method: 'POST', body })
  const commandGateway = (command: GatewayCommand): Promise<unknown> =>
    sendCommand(placeSocket(runFolder(), 'gateway'), command, 10_000)
  const gatewayPid = async (): Promise<number> => (await stack.status()).gateway.status?.pid ?? 0
  const further = async (load: Load, count: number): Promise<void> => {
    const goal = load.outcomes.length + count
    await until(`${count} more answers`, () => load.outcomes.length >= goal)
  }

  test('it serves: the service, its headers, static files, limits', async () => {
    const headers = (await (await ask('/headers')).json()) as Record<string, string>
    expect(headers).toMatchObject({ 'x-real-ip': '127.0.0.1', 'x-forwarded-for': '127.0.0.1' })
    const page = await ask('/static/hello.html')
    expect([await page.text(), page.headers.get('content-type')]).toEqual([
      'hello',
      'text/html; charset=utf-8',
    ])
    expect((await post(routePath, 'x'.repeat(100_001))).status).toBe(413)
    // Larger than nginx keeps in memory.
    const long = JSON.stringify({ text: Array(2_000).fill(['您贵姓', 7]) })
    expect(await (await post(routePath, long)).text()).toBe('7')
    expect((await ask('/-/health')).status).toBe(200)
  })

  test('the document of the routes and its page come through it', async () => {
    expect(await (await ask('/-/openapi.json')).json()).toHaveProperty(['paths', '/feedback', 'post'])
    expect(await (await ask('/-/docs')).text()).toContain('docs/swagger-ui-bundle.js')
    const script = await ask('/-/docs/swagger-ui-bundle.js')
    expect([script.status, script.headers.get('content-encoding')]).toEqual([200, 'gzip'])
    expect(await script.text()).toContain('SwaggerUIBundle')
    const redirected = await ask('/-/docs/', { redirect: 'manual' })
    expect([redirected.status, redirected.headers.get('location')]).toEqual([308, '../docs'])
  })

  test('it writes the access log, and reopens it on USR1', async () => {
    const [path, moved] = [join(stack.folder, 'access.log'), join(stack.folder, 'access.log.1')]
    expect(readFileSync(path, 'latin1')).toMatch(
      /^127\.0\.0\.1 - - \[[^\]]+\] "GET \/static\/hello\.html HTTP\/1\.1" 200 5 "-" "[^"]+" "[0-9a-f]{32}"$/m,
    )
    renameSync(path, moved)
    stack.supervisor.kill('SIGUSR1')
    await until('lines go to a new file', async () => {
      await ask('/headers?again')
      return existsSync(path) && readFileSync(path, 'latin1').includes('GET /headers?again')
    })
  })

  test('deploys lose no request, and each answer is that of the version it names', async () => {
    const load = startLoad(stack.gateway + routePath, 4, utteranceBody)
    for (const target of ['1795419028', '1795419027']) {
      expect((await stack.deploy(target)).at(-1)).toMatchObject({ type: 'end', ok: true })
      await further(load, 8)
      expect(load.outcomes.at(-1)?.version).toBe(`name_question@${target}`)
    }
    expectRightAnswers(await load.stop())
    const { gateway } = await stack.status()
    expect(gateway.status?.instances.primary.answered).toBeGreaterThan(100)
    expect(gateway.status?.instances.backup.answered).toBeGreaterThan(0)
    expect(gateway.status?.recent.p99Ms).toBeGreaterThan(0)
  })

  test('kill -9 of a worker, of who looks after nginx, and of nginx’s master loses no request', async () => {
    const load = startLoad(stack.gateway + routePath, 4, utteranceBody)
    await further(load, 50)
    const worker = (await stack.status()).instances[0]?.workers[0]?.pid ?? 0
    process.kill(worker, 'SIGKILL')
    await until('another worker', async () => {
      const pid = (await stack.status()).instances[0]?.workers[0]?.pid
      return pid !== undefined && pid !== worker
    })
    const [keeper, master] = [await gatewayPid(), nginxPid()]
    process.kill(keeper, 'SIGKILL')
    await until('another gateway', async () => ![0, keeper].includes(await gatewayPid()))
    expect(nginxPid()).toBe(master)
    await further(load, 50)
    expectRightAnswers(await load.stop())

    process.kill(master, 'SIGKILL')
    expect((await post(routePath)).status).toBe(400)
    await until('another nginx', () => nginxPid() !== master)
    expect((await post(routePath)).status).toBe(400)
  })

  test('a post goes to the backup while the primary is paused, and is not sent twice', async () => {
    const pids = (await stack.status()).instances.map(({ workers: [worker] }) => String(worker?.pid))
    expect(await (await post('/feedback')).text()).toBe(pids[0])
    await commandGateway({ do: 'pause', instance: 'primary', timeoutMs: 5_000 })
    expect((await fetch(`${stack.primary}/headers`)).status).toBe(503)
    expect((await fetch(`${stack.primary}/-/health`)).status).toBe(503)
    expect(await (await post('/feedback')).text()).toBe(pids[1])
    await expect(commandGateway({ do: 'pause', instance: 'backup', timeoutMs: 50 })).rejects.toMatchObject({
      code: 'no_instance',
    })
    await commandGateway({ do: 'resume', instance: 'primary' })
    expect(await (await post('/feedback')).text()).toBe(pids[0])
  })

  test('a reload takes up new routes without a new nginx, and the death of the supervisor changes nothing', async () => {
    const load = startLoad(stack.gateway + routePath, 4, utteranceBody)
    const master = nginxPid()
    writeFileSync(
      join(stack.folder, 'service.ts'),
      serviceWith(headersRoute + postRoute('/feedback') + postRoute('/orders')),
    )
    stack = await stack.superviseAnew()
    expect((await stack.cli('status')).code).toBe(0)
    await further(load, 20)
    expectRightAnswers(await load.stop())
    expect((await stack.cli('reload')).code).toBe(0)
    await until('nginx knows the new route', () =>
      readFileSync(join(runFolder(), 'nginx/nginx.conf'), 'utf8').includes('orders'),
    )
    await until('the new route answers', async () => (await post('/orders')).status === 200)
    expect(nginxPid()).toBe(master)
  })

  test('a reload changes the kind of gateway, and changes it back', async () => {
    const config = readFileSync(stack.configPath, 'utf8')
    writeFileSync(stack.configPath, config.replace('kind: nginx', 'kind: own'))
    expect((await stack.cli('reload')).code).toBe(0)
    expect((await ask('/headers')).headers.get('server')).toBeNull()
    const load = startLoad(stack.gateway + routePath, 4, utteranceBody)
    await further(load, 20)
    writeFileSync(stack.configPath, config)
    expect((await stack.cli('reload')).code).toBe(0)
    await until('nginx answers', async () => {
      const { headers } = await ask('/headers')
      return headers.get('server') === 'nginx'
    })
    await further(load, 20)
    expectRightAnswers(await load.stop())
  })

  test('SIGINT ends nginx at once; what was left by kill -9 of everything else is ended by the next start', async () => {
    stack.supervisor.kill('SIGINT')
    await until('nobody listens', async () => !(await isListening()))
    stack = await stack.superviseAnew()
    const { gateway, instances } = await stack.status()
    const master = nginxPid()
    stack.supervisor.kill('SIGKILL')
    for (const { workers } of instances) process.kill(workers[0]?.pid ?? 0, 'SIGKILL')
    process.kill(gateway.status?.pid ?? 0, 'SIGKILL')
    stack = await stack.superviseAnew()
    expect(nginxPid()).not.toBe(master)
    expect((await ask('/headers')).status).toBe(200)
  })
})
