import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterEach, describe, expect, test } from 'vitest'

import { routePath, secondModel } from '../../harness/paths.ts'
import { until } from '../../harness/until.ts'
import type { InstanceName } from '../../src/contracts/index.ts'
import type { Load } from '../support/load.ts'
import { startLoad } from '../support/load.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const body = JSON.stringify({ text: [['您贵姓', 5]] })
const [oldVersion, newVersion] = ['1795419027', '1795419028']

let stack: Stack
let load: Load | undefined

afterEach(async () => {
  await load?.stop()
  load = undefined
  await stack.stop()
})

const pids = async ({ status }: Stack): Promise<readonly (number | undefined)[]> => {
  const { gateway, instances } = await status()
  return [gateway.status?.pid, ...instances.flatMap(({ workers }) => workers.map((worker) => worker?.pid))]
}

const pidOf = async ({ status }: Stack, name: InstanceName): Promise<number> =>
  (await status()).instances.find((instance) => instance.name === name)?.workers[0]?.pid ?? 0

const servesEverywhere = (version: string): Promise<void> =>
  until(`${version} serves everywhere`, async () => {
    const { instances, gateway, models } = await stack.status()
    const served = instances.flatMap(({ workers }) => workers.map((worker) => worker?.served[0]?.version))
    const traffic = Object.values(gateway.status?.instances ?? {})
    return (
      models[0]?.active === version &&
      served.every((one) => one === version) &&
      traffic.length === 2 &&
      traffic.every(({ paused, readyWorkers }) => !paused && readyWorkers === 1)
    )
  })

const expectNothingLost = async (running: Load): Promise<void> => {
  const outcomes = await running.stop()
  expect(outcomes.filter(({ status, answer }) => status !== 200 || answer !== '5')).toEqual([])
  expect(outcomes.length).toBeGreaterThan(50)
}

describe('a supervisor that is started after another one was killed', () => {
  test('adopts every process, and what dies then is started again on the same port', async () => {
    stack = await startStack()
    load = startLoad(stack.gateway + routePath, 4, () => body)
    const before = await pids(stack)
    const { gateway, primary, backup } = stack
    stack = await stack.superviseAnew()
    expect(await pids(stack)).toEqual(before)
    expect(stack.log()).toContain('adopted 3 processes')
    expect([stack.gateway, stack.primary, stack.backup]).toEqual([gateway, primary, backup])
    for (const name of ['primary', 'backup'] as const) {
      const pid = await pidOf(stack, name)
      process.kill(pid, 'SIGKILL')
      await until(`the ${name} is back`, async () => ![pid, 0].includes(await pidOf(stack, name)))
      await servesEverywhere(oldVersion)
      expect(await (await fetch(stack[name] + routePath, { method: 'POST', body })).text()).toBe('5')
    }
    await expectNothingLost(load)
    process.kill((await stack.status()).gateway.status?.pid ?? 0, 'SIGKILL')
    await until('the gateway is gone', async () => (await stack.status()).gateway.status === null)
    expect(await (await fetch(stack.gateway + routePath, { method: 'POST', body })).text()).toBe('5')
    expect((await stack.deploy(secondModel)).at(-1)).toMatchObject({ ok: true })
    await servesEverywhere(newVersion)
  })

  test('starts what died while nobody looked, and ends what hangs', async () => {
    stack = await startStack({ config: 'hangTimeoutMs: 1000' })
    const [primary, backup] = [await pidOf(stack, 'primary'), await pidOf(stack, 'backup')]
    stack = await stack.superviseAnew(() => {
      process.kill(primary, 'SIGKILL')
      process.kill(backup, 'SIGSTOP')
      return Promise.resolve()
    })
    await servesEverywhere(oldVersion)
    const after = await pids(stack)
    expect(after).not.toContain(primary)
    expect(after).not.toContain(backup)
    expect(stack.log()).toContain('backup 0 has not responded for 1 s; killing it')
  })

  test.each([
    ['while the primary is watched', 'the primary serves the new version', newVersion, oldVersion],
    ['while the backup loads', 'the backup serves the new version', newVersion, undefined],
  ])('%s, brings a rollout to one version', async (_when, what, version, expected) => {
    stack = await startStack({ bakeMs: 700 })
    load = startLoad(stack.gateway + routePath, 4, () => body)
    const instance = what.includes('primary') ? 0 : 1
    const deploy = stack.deploy(secondModel).catch(() => undefined)
    await until(
      what,
      async () => (await stack.status()).instances[instance]?.workers[0]?.served[0]?.version === version,
    )
    stack = await stack.superviseAnew()
    await deploy
    const active = (await stack.status()).models[0]?.active ?? ''
    await servesEverywhere(active)
    if (expected !== undefined) expect(active).toBe(expected)
    const history = readFileSync(join(stack.folder, '.changeover/store/history.jsonl'), 'utf8')
    expect(JSON.parse(history.trim().split('\n').at(-1) ?? '')).toMatchObject({
      action: 'deploy',
      version: newVersion,
      from: oldVersion,
      outcome: active === oldVersion ? 'interrupted' : 'done',
    })
    await expectNothingLost(load)
    expect((await stack.deploy(newVersion)).at(-1)).toMatchObject({ ok: true })
    await servesEverywhere(newVersion)
  })

  test('serves on, and a reload takes up the configuration that was written meanwhile', async () => {
    stack = await startStack()
    load = startLoad(stack.gateway + routePath, 4, () => body)
    const before = await pids(stack)
    stack = await stack.superviseAnew(() => {
      const { configPath } = stack
      writeFileSync(configPath, `${readFileSync(configPath, 'utf8')}\nworkers: 2\n`)
      return Promise.resolve()
    })
    expect((await stack.cli('reload')).code).toBe(0)
    await until('two workers an instance serve', async () => {
      const { gateway } = await stack.status()
      return Object.values(gateway.status?.instances ?? {}).every(({ readyWorkers }) => readyWorkers === 2)
    })
    expect((await pids(stack)).filter((pid) => before.includes(pid))).toEqual([])
    await expectNothingLost(load)
  })
})
