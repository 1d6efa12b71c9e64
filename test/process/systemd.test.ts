import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kill } from 'node:process'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { runCli } from '../../harness/cli.ts'
import { cliPath, exampleFolder, firstModel } from '../../harness/paths.ts'
import { missingComponents } from '../../harness/real-components.ts'
import { until } from '../../harness/until.ts'
import { dataPaths } from '../../src/config/index.ts'
import { createControlClient } from '../../src/control-api/index.ts'
import type { ServiceManager } from '../support/service-manager.ts'
import { startServiceManager } from '../support/service-manager.ts'

const missing = missingComponents('systemd')

/** What `systemd-analyze security` may say at most; 0 is nothing exposed, 10 everything. */
const highestExposure = 2

function writeConfig(folder: string, ports: Readonly<Record<string, number>>): string {
  const path = join(folder, 'changeover.yaml')
  const bind = (name: string): string => `{ bind: '127.0.0.1:${ports[name] ?? 0}' }`
  writeFileSync(
    path,
    `service: ${join(exampleFolder, 'service.ts')}
models: { name_question: { initial: ${firstModel}, tokenizer: jieba } }
primary: ${bind('primary')}
backup: ${bind('backup')}
gateway: ${bind('gateway')}
`,
  )
  return path
}

describe.skipIf(missing !== false)(`systemd’s own checks${missing === false ? '' : ` (${missing})`}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-systemd-'))
  const analyze = (...args: string[]): { readonly status: number | null; readonly text: string } => {
    const { status, stdout, stderr } = spawnSync('/usr/bin/systemd-analyze', args, { encoding: 'utf8' })
    return { status, text: stdout + stderr }
  }

  beforeAll(async () => {
    const config = writeConfig(folder, { primary: 5001, backup: 5002, gateway: 8086 })
    expect(await runCli(['generate', 'systemd', '--config', config, '--output', folder])).toMatchObject({
      code: 0,
    })
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('verify has nothing to say', () => {
    const units = readdirSync(folder).filter(
      (name) => name.startsWith('changeover') && !name.endsWith('.yaml'),
    )
    expect(units).toHaveLength(4)
    const result = analyze('verify', ...units.map((name) => join(folder, name)))
    expect(result).toEqual({ status: 0, text: '' })
  })

  test(`security finds an exposure of ${highestExposure} at most`, () => {
    const service = join(folder, 'changeover.service')
    const { text } = analyze('security', '--offline=true', '--no-pager', service)
    const exposure = /exposure level for changeover\.service: ([\d.]+) \w+/.exec(text)
    console.log(exposure?.[0])
    expect(Number(exposure?.[1] ?? 10)).toBeLessThanOrEqual(highestExposure)
  })
})

describe('started by a service manager', () => {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-notify-'))
  const configPath = join(folder, 'changeover.yaml')
  let manager: ServiceManager
  let gateway: string

  beforeAll(async () => {
    manager = await startServiceManager({
      address: join(folder, 'notify'),
      watchdogMs: 600,
      sockets: ['gateway', 'primary', 'backup'],
      command: [process.execPath, cliPath, 'up', '--config', configPath],
    })
    writeConfig(folder, manager.ports)
    gateway = `http://127.0.0.1:${manager.ports['gateway'] ?? 0}/`
  })
  afterAll(async () => {
    await manager.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test('the stack says when it is ready, and takes the sockets that it is passed', async () => {
    const early = fetch(gateway)
    manager.start()
    await until('READY=1', () => manager.messages.some((text) => text.startsWith('READY=1\n')))
    expect((await early).status).toBe(200)
    for (const port of Object.values(manager.ports))
      expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200)
  })

  test('the watchdog is fed while the gateway answers, and only then', async () => {
    const fed = (): number => manager.messages.filter((text) => text === 'WATCHDOG=1').length
    await until('it is fed', () => fed() >= 2)
    const { gateway: process } = await createControlClient(
      dataPaths(join(folder, '.changeover')).controlSocket,
    ).status()
    const pid = process.status?.pid ?? 0
    kill(pid, 'SIGSTOP')
    try {
      await until('it is not fed', () => manager.log().includes('not feeding the watchdog'))
    } finally {
      kill(pid, 'SIGCONT')
    }
    const before = fed()
    await until('it is fed again', () => fed() > before)
  })

  test('the watchdog does not depend on what lies in the store', async () => {
    const fed = (): number => manager.messages.filter((text) => text === 'WATCHDOG=1').length
    const pointer = join(folder, '.changeover/store/models/name_question/pointer.json')
    const content = readFileSync(pointer)
    rmSync(pointer)
    writeFileSync(pointer, 'no pointer')
    const [before, said] = [fed(), manager.log().split('not feeding the watchdog').length]
    await until('it is fed', () => fed() >= before + 3)
    expect(manager.log().split('not feeding the watchdog')).toHaveLength(said)
    rmSync(pointer)
    writeFileSync(pointer, content)
  })

  test('a restart refuses nobody', async () => {
    manager.signal('SIGTERM')
    await until('it has ended', () => manager.codes.length === 1)
    expect(manager.codes).toEqual([0])
    expect(manager.messages).toContain('STOPPING=1')
    const between = fetch(gateway)
    manager.start()
    expect((await between).status).toBe(200)
  })

  test('a reload is reported when it begins, with the clock that systemd compares, and ready when it is over', async () => {
    const readyAgain = (from: number): number =>
      manager.messages.findIndex((text, index) => index > from && text.startsWith('READY=1\n'))
    await until('it is ready', () => readyAgain(manager.messages.indexOf('STOPPING=1')) > 0)
    const begunUs = process.hrtime.bigint() / 1_000n
    manager.signal('SIGHUP')
    const reloading = (): number => manager.messages.findIndex((text) => text.startsWith('RELOADING=1\n'))
    await until('it is ready again', () => reloading() >= 0 && readyAgain(reloading()) > 0)
    const [, since = ''] = /MONOTONIC_USEC=(\d+)$/.exec(manager.messages[reloading()] ?? '') ?? []
    expect(BigInt(since)).toBeGreaterThan(begunUs)
    expect((await fetch(gateway)).status).toBe(200)
  })
})

describe('an instance alone, with a service manager at an abstract name', () => {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-notify-'))
  let manager: ServiceManager

  beforeAll(async () => {
    manager = await startServiceManager({
      address: `@changeover-test-${process.pid}`,
      watchdogMs: 0,
      sockets: ['primary'],
      command: [process.execPath, cliPath, 'serve', '--config', writeConfig(folder, {})],
    })
  })
  afterAll(async () => {
    await manager.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test('refuses a socket that the configuration does not name', async () => {
    manager.start()
    await until('it has ended', () => manager.codes.length === 1)
    expect(manager.codes).toEqual([2])
    expect(manager.log()).toContain('the service manager passed the socket primary at http://127.0.0.1:')
  })

  test('says when it is ready, and takes the one that it names', async () => {
    writeConfig(folder, manager.ports)
    manager.start()
    await until('READY=1', () => manager.messages.some((text) => text.startsWith('READY=1\n')))
    expect((await fetch(`http://127.0.0.1:${manager.ports['primary'] ?? 0}/`)).status).toBe(200)
  })
})
