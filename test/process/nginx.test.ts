import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { runCli } from '../../harness/cli.ts'
import { exampleFolder, firstModel, routePath } from '../../harness/paths.ts'
import { freePorts } from '../../harness/processes.ts'
import { missingComponents } from '../../harness/real-components.ts'
import type { Nginx } from '../../harness/stacks/nginx.ts'
import { checkNginx, startNginx, writeMainConfig } from '../../harness/stacks/nginx.ts'
import { writeByHandSite } from '../../harness/stacks/nginx-sites.ts'
import { until } from '../../harness/until.ts'
import { startLoad } from '../support/load.ts'
import type { Serve } from '../support/serve.ts'
import { startServe } from '../support/serve.ts'

const missing = missingComponents('nginx')
const courseRequest = readFileSync(join(exampleFolder, 'request.json'), 'utf8')
const courseStack = new URL('../../harness/stacks/tutorial-stack/nginx.conf', import.meta.url)

describe.skipIf(missing !== false)(`nginx in front${missing === false ? '' : ` (${missing})`}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-nginx-'))
  const configPath = join(folder, 'changeover.yaml')
  const running: Nginx[] = []
  let ports: { primary: number; backup: number; generated: number; course: number; byHand: number }
  let primary: Serve
  let backup: Serve
  let generated: string
  let course: string

  const serve = (port: number): Promise<Serve> =>
    startServe(['--config', configPath, '-b', `127.0.0.1:${port}`])
  const ask = (address: string, path = routePath): Promise<Response> =>
    fetch(address + path, { method: 'POST', body: courseRequest })

  beforeAll(async () => {
    const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0] = await freePorts(5)
    ports = { primary: first, backup: second, generated: third, course: fourth, byHand: fifth }
    generated = `http://127.0.0.1:${third}`
    course = `http://127.0.0.1:${fourth}`
    writeFiles()
    primary = await serve(ports.primary)
    backup = await serve(ports.backup)
  })

  afterAll(async () => {
    await Promise.all(running.map((nginx) => nginx.stop()))
    await Promise.all([primary.stop(), backup.stop()])
    rmSync(folder, { recursive: true, force: true })
  })

  function writeFiles(): void {
    // nginx's workers run as a user of their own where it was started by root.
    chmodSync(folder, 0o755)
    mkdirSync(join(folder, 'static'))
    writeFileSync(join(folder, 'static/hello.html'), 'hello')
    writeFileSync(join(folder, 'static/.secret'), 'secret')
    const service = readFileSync(join(exampleFolder, 'service.ts'), 'utf8')
    const post = `  routes.post('/v1/feedback', { body: Type.Unknown() }, () => 'noted'),\n`
    writeFileSync(join(folder, 'service.ts'), service.replace(/(defineService\(.*\n)/, `$1${post}`))
    writeFileSync(
      configPath,
      `service: service.ts
models: { name_question: { initial: ${firstModel}, tokenizer: jieba } }
bodyLimitBytes: 100000
primary: { bind: '127.0.0.1:${ports.primary}' }
backup: { bind: '127.0.0.1:${ports.backup}' }
gateway: { bind: '127.0.0.1:${ports.generated}', static: static, answerTimeoutMs: 1000 }
`,
    )
  }

  test('the generated file passes nginx’s own check and serves', async () => {
    const output = await runCli(['generate', 'nginx', '--config', configPath, '--output', folder])
    expect(output).toMatchObject({ code: 0, stdout: `${join(folder, 'changeover.conf')}\n` })
    const main = writeMainConfig(folder, join(folder, 'changeover.conf'))
    expect(checkNginx(main)).toMatchObject({ code: 0 })
    running.push(await startNginx(main, ports.generated))

    const response = await ask(generated)
    expect([response.status, await response.text()]).toEqual([200, '5'])
    expect((await ask(generated, '/v1/feedback')).status).toBe(200)
    expect(await (await fetch(`${generated}/static/hello.html`)).text()).toBe('hello')
    expect((await fetch(`${generated}/static/.secret`)).status).toBe(404)
    const large = { method: 'POST', body: 'x'.repeat(100_001) }
    expect((await fetch(generated + routePath, large)).status).toBe(413)
  })

  test('the course’s own file serves, with what it sets', async () => {
    const words: Readonly<Record<string, string | number>> = {
      FOLDER: folder,
      PRIMARY: ports.primary,
      BACKUP: ports.backup,
      GATEWAY: ports.course,
    }
    const path = join(folder, 'course.conf')
    const text = readFileSync(courseStack, 'utf8').replace(/@([A-Z]+)@/g, (_, word: string) =>
      String(words[word]),
    )
    writeFileSync(path, text)
    running.push(await startNginx(path, ports.course))

    const response = await ask(course)
    expect([response.status, await response.text()]).toEqual([200, '5'])
    expect(await (await fetch(`${course}/static/hello.html`)).text()).toBe('hello')
    expect(await (await fetch(course)).text()).toContain('name_question')
  })

  test('the file of the docs’ page, written by hand, serves', async () => {
    const own = join(folder, 'by-hand')
    mkdirSync(own)
    const main = writeMainConfig(own, writeByHandSite({ ...ports, listen: ports.byHand }, own).path)
    expect(checkNginx(main)).toMatchObject({ code: 0 })
    running.push(await startNginx(main, ports.byHand))
    expect(await (await ask(`http://127.0.0.1:${ports.byHand}`)).text()).toBe('5')
  })

  test('no POST is lost when workers, and then the whole primary, are killed under load', async () => {
    const loads = [generated, `http://127.0.0.1:${ports.byHand}`].map((address) =>
      startLoad(address + routePath, 4, () => courseRequest),
    )
    const further = async (count: number): Promise<void> => {
      const goals = loads.map(({ outcomes }) => outcomes.length + count)
      await until(`${count} more answers`, () =>
        loads.every(({ outcomes }, index) => outcomes.length >= (goals[index] ?? 0)),
      )
    }
    for (let kills = 0; kills < 2; kills++) {
      await further(100)
      const [worker = 0] = primary.workers()
      process.kill(worker, 'SIGKILL')
      await until('another worker', () => primary.workers().some((pid) => pid !== worker))
    }
    await further(100)
    primary.kill()
    await further(300)
    const outcomes = (await Promise.all(loads.map((load) => load.stop()))).flat()
    expect(outcomes.filter(({ status, answer, error }) => status !== 200 || answer !== '5' || error)).toEqual(
      [],
    )
    expect(readFileSync(join(folder, 'error.log'), 'utf8')).toContain('connect() failed')
  })

  test('an instance that says 503 is passed over without a reload; a post is not sent twice', async () => {
    const asked: string[] = []
    const paused = createServer((request, response) => {
      asked.push(request.url ?? '')
      request.resume().on('end', () => {
        if (request.url?.includes('feedback') === true) request.socket.destroy()
        else response.writeHead(503).end()
      })
    })
    await new Promise<void>((resolve) => paused.listen(ports.primary, '127.0.0.1', resolve))
    try {
      const response = await ask(generated)
      expect([response.status, await response.text()]).toEqual([200, '5'])
      expect((await ask(generated, '/v1//feedback/')).status).toBe(502)
      expect((await ask(generated, '/v1/feedback')).status).toBe(502)
      expect(asked).toEqual([routePath, '/v1//feedback/', '/v1/feedback'])
    } finally {
      paused.closeAllConnections()
      await new Promise((resolve) => paused.close(resolve))
    }
  })

  test('what the service answers to a post is passed on, whatever its status; what a paused instance refuses is sent on', async () => {
    const asked: IncomingHttpHeaders[] = []
    let answer: { readonly status: number; readonly headers: Record<string, string> }
    const fake = createServer((request, response) => {
      asked.push(request.headers)
      request
        .resume()
        .on('end', () => response.writeHead(answer.status, answer.headers).end('of the service'))
    })
    await new Promise<void>((resolve) => fake.listen(ports.primary, '127.0.0.1', resolve))
    try {
      for (const status of [400, 418, 500, 502, 503, 504]) {
        answer = { status, headers: { 'retry-after': '7' } }
        const passed = await ask(generated, '/v1/feedback')
        expect([passed.status, await passed.text(), passed.headers.get('retry-after')]).toEqual([
          status,
          'of the service',
          '7',
        ])
      }
      expect(asked).toHaveLength(6)
      const location = asked[0]?.['x-changeover-when-paused']
      answer = { status: 503, headers: { 'x-accel-redirect': String(location), 'content-type': 'text/x' } }
      const sentOn = await ask(generated, '/v1/feedback')
      expect([sentOn.status, await sentOn.text()]).toEqual([200, 'noted'])
      expect(sentOn.headers.get('content-type')).toMatch(/^text\/plain/)
      answer = { status: 503, headers: {} }
      expect((await ask(generated)).status).toBe(200)
      expect(asked.map((headers) => headers['x-changeover-when-paused'])).toEqual([
        ...Array<unknown>(7).fill('@changeover_backup'),
        undefined,
      ])
    } finally {
      fake.closeAllConnections()
      await new Promise((resolve) => fake.close(resolve))
    }
  })

  test('an instance that hangs is passed over when its time is up', async () => {
    primary = await serve(ports.primary)
    const [worker = 0] = primary.workers()
    expect((await ask(generated)).status).toBe(200)
    process.kill(worker, 'SIGSTOP')
    try {
      const response = await ask(generated)
      expect([response.status, await response.text()]).toEqual([200, '5'])
    } finally {
      process.kill(worker, 'SIGCONT')
    }
  })
})
