import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { secondModel } from '../../harness/paths.ts'
import { until } from '../../harness/until.ts'
import { startLoad } from '../support/load.ts'
import { openClient } from '../support/raw-client.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const serviceSaying = (word: string, startsWith = ''): string => `
import { setTimeout as sleep } from 'node:timers/promises'
import { defineService, Type } from 'changeover'
${startsWith}
export default defineService((routes) => {
  routes.get('/word', () => '${word}')
  routes.post('/word', { body: Type.Unknown() }, () => '${word}')
  routes.get('/slow', async () => { await sleep(1500); return '${word}' })
})
`

const request = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`

describe('a reload', () => {
  let stack: Stack

  beforeAll(async () => {
    stack = await startStack({ service: serviceSaying('first') })
  })
  afterAll(() => stack.stop())

  const rewrite = (service: string): void => writeFileSync(join(stack.folder, 'service.ts'), service)
  const ask = async (): Promise<string> => (await fetch(`${stack.gateway}/word`)).text()
  const processes = async (): Promise<(number | undefined)[]> => {
    const { gateway, instances } = await stack.status()
    return [gateway.status?.pid, ...instances.flatMap(({ workers }) => workers.map((one) => one?.pid))]
  }

  test('loads new code without losing a request: those in flight, those to come, and idle clients’ next ones', async () => {
    const load = startLoad(`${stack.gateway}/word`, 4, () => '1')
    const before = await processes()
    const idle = Array.from({ length: 20 }, () => openClient(stack.gateway))
    for (const client of idle) client.send(request('/word'))
    await until('all have an answer', () => idle.every((client) => client.answers().length === 1))
    const slow = fetch(`${stack.gateway}/slow`)
    rewrite(serviceSaying('second'))

    const { code, stdout } = await stack.cli('reload')
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/✓ start the new processes.*\n.*✓ retire the old ones.*\nreloaded, after/),
    ])
    expect(await ask()).toBe('second')
    expect((await processes()).filter((pid) => before.includes(pid))).toEqual([])
    expect(await (await slow).text()).toBe('first')
    for (const client of idle) client.send(request('/word'))
    await until('idle clients are answered', () => idle.every((client) => client.answers().length === 2))
    expect(idle.every((client) => client.answers()[1]?.body === 'second')).toBe(true)
    // They are told to reconnect, and the old gateway exits with the last of them.
    expect(idle.every((client) => client.answers()[1]?.headers['connection'] === 'close')).toBe(true)
    for (const client of idle) client.socket.destroy()
    await until('the old processes have ended', () => before.every((pid) => !isRunning(pid ?? 0)))
    const outcomes = await load.stop()
    expect(outcomes.filter(({ answer }) => !['first', 'second'].includes(answer))).toEqual([])
  })

  test('with code that does not start leaves everything as it was, and says why', async () => {
    const before = await processes()
    rewrite(serviceSaying('third', `throw new Error('this cannot start')`))
    const { code, stderr } = await stack.cli('reload')
    expect([code, stderr]).toEqual([2, expect.stringContaining('this cannot start')])
    expect(stderr).toContain('service_invalid')
    expect(await processes()).toEqual(before)
    expect(await ask()).toBe('second')
    rewrite(serviceSaying('second'))
  })

  test('with a configuration that is wrong, or asks for other sockets, is refused', async () => {
    const before = await processes()
    const { configPath } = stack
    const good = readFileSync(configPath, 'utf8')
    writeFileSync(configPath, `${good}\nnonsense: 1\n`)
    expect((await stack.cli('reload')).stderr).toMatch(/nonsense/)
    writeFileSync(
      configPath,
      good.replace("primary: { bind: '127.0.0.1:0' }", "primary: { bind: '127.0.0.1:1' }"),
    )
    expect((await stack.cli('reload')).stderr).toMatch(/primary\.bind cannot change/)
    writeFileSync(configPath, good)
    expect(await processes()).toEqual(before)
  })

  test('publishes the initial file of a model that is new in the configuration, or says why not', async () => {
    const before = readFileSync(stack.configPath, 'utf8')
    const withOther = (initial: string): void =>
      writeFileSync(
        stack.configPath,
        before.replace('models:\n', `models:\n  other: { initial: ${initial}, tokenizer: jieba }\n`),
      )
    const other = `routes.get('/other', ({ model }) => ({ label: model('other').top('您贵姓')?.label }))`
    rewrite(serviceSaying('second').replace(`routes.get('/word'`, `${other}\n  routes.get('/word'`))
    const damaged = join(stack.folder, 'other.bin')
    writeFileSync(damaged, 'no model')
    withOther(damaged)
    const refused = await stack.cli('reload')
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('(model_file_invalid)')])
    expect(await ask()).toBe('second')
    withOther(secondModel)
    expect(await stack.cli('reload')).toMatchObject({ code: 0 })
    expect(await (await fetch(`${stack.gateway}/other`)).json()).toEqual({ label: '__label__name' })
    writeFileSync(stack.configPath, before)
    rewrite(serviceSaying('second'))
  })

  test('and a rollout exclude each other', async () => {
    const deploy = stack.deploy(join(stack.folder, 'none.bin'))
    await deploy
    const reloads = await Promise.all([stack.cli('reload'), stack.cli('reload')])
    expect(reloads.map(({ code }) => code).sort()).toEqual([0, 1])
    expect(reloads.map(({ stderr }) => stderr).join('')).toContain('a reload is under way')
  })
})

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
