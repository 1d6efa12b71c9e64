import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { exampleFolder, firstModel, secondModel } from '../../harness/paths.ts'
import { loadConfig } from '../../src/config/index.ts'
import type { DeployEvent, WorkerCommand } from '../../src/contracts/index.ts'
import { ChangeoverError } from '../../src/contracts/index.ts'
import { activate, publish, readHistory, readPointer } from '../../src/store/index.ts'
import { Deployments } from '../../src/supervisor/deployments/deployments.ts'
import { Mutex } from '../../src/supervisor/mutex.ts'

const model = 'name_question'

/** Says that every version is whole. */
const gatekeeper = `process.once('message', () => {
  process.send({ type: 'started', gate: 'whole' })
  process.send({ type: 'report', report: { gate: 'whole', outcome: 'passed', sentence: 'it is', figures: {} } })
  process.send({ type: 'ended' }, () => process.disconnect())
})`

let folder: string
let storePath: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-deployments-'))
  storePath = join(folder, 'store')
  for (const [version, file] of Object.entries({ 1: firstModel, 2: secondModel }))
    publish({ storePath, model, version, file, tokenizer: 'jieba', nowMs: 0 })
  activate(storePath, { model, version: '1' }, 0)
  writeFileSync(join(folder, 'gatekeeper.mjs'), gatekeeper)
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Deployments of a stack whose workers do this when they are commanded to; what is logged is kept. */
async function start(commandInstance: (command: WorkerCommand) => Promise<void>): Promise<{
  readonly deployments: Deployments
  readonly lines: readonly string[]
  readonly unloaded: ReadonlySet<string>
  /** What others than the one who asks are told. */
  readonly followed: readonly unknown[]
  /** What was counted. */
  readonly counts: readonly string[]
}> {
  const { config } = await loadConfig(join(exampleFolder, 'changeover.yaml'))
  const lines: string[] = []
  const unloaded = new Set<string>()
  const followed: unknown[] = []
  const counts: string[] = []
  const deployments = new Deployments({
    config: () => ({ ...config, rollout: { ...config.rollout, bakeMs: 20 } }),
    storePath,
    recordFolder: join(folder, 'record'),
    publisherEntry: '',
    gatekeeperEntry: join(folder, 'gatekeeper.mjs'),
    log: (level, text) => lines.push(`${level} ${text}`),
    busy: new Mutex(),
    activeVersions: () =>
      Promise.resolve(
        unloaded.has(model) ? [] : [{ model, version: readPointer(storePath, model)?.active ?? '' }],
      ),
    checkVersion: () => Promise.resolve(),
    commandInstance: (_name, command) => commandInstance(command),
    restoreInstance: () => Promise.resolve(),
    labelTallies: () => Promise.resolve([]),
    commandGateway: ({ do: what }) =>
      what === 'status' || what === 'measure' ? Promise.reject(new Error('not known')) : Promise.resolve(),
    pids: () => [],
    stopRetired: () => Promise.resolve(),
    unloaded,
    followDeploy: (deploy) => {
      followed.push(deploy)
      return (event) => followed.push(event)
    },
    figures: { count: (...counted) => void counts.push(counted.join(' ')) },
  })
  return { deployments, lines, unloaded, followed, counts }
}

/** An event in a word or two. */
function describeEvent(event: DeployEvent): string {
  if (event.type === 'step') return `${event.step} ${event.state}`
  return event.type === 'end' ? `end ${event.ok ? 'ok' : event.error.code}` : event.type
}

test('a deploy emits its steps, its receipt and its end, and the history has the same receipt', async () => {
  const { deployments, lines, followed } = await start(() => Promise.resolve())
  const events: DeployEvent[] = []
  await deployments.deploy({ target: '2', why: 'better' }, (event) => events.push(event))
  expect(followed).toEqual([{ action: 'deploy', model, version: '2', why: 'better' }, ...events])
  const described = events.map(describeEvent)
  expect(described.slice(0, 4)).toEqual([
    'gate whole started',
    'gate whole done',
    'start',
    'pause primary started',
  ])
  expect(described.slice(-3)).toEqual(['commit done', 'receipt', 'end ok'])
  const receipt = events.flatMap((event) => (event.type === 'receipt' ? [event.receipt] : []))[0]
  expect(receipt?.steps.map(({ step }) => step)).toEqual(
    described.filter((text) => text.endsWith(' done')).map((text) => text.slice(0, -' done'.length)),
  )
  const entry = readHistory(storePath).at(-1)
  expect(entry).toMatchObject({ action: 'deploy', version: '2', from: '1', why: 'better', outcome: 'done' })
  expect(entry?.receipt).toEqual(receipt)
  expect(readPointer(storePath, model)).toMatchObject({ active: '2', previous: '1' })
  expect(lines).toContainEqual(expect.stringMatching(/^warning name_question@2 serves; /))
})

test('a deploy whose workers refuse it is undone, and the history says why', async () => {
  const { deployments, lines, counts } = await start(({ do: what }) =>
    what === 'warm' ? Promise.reject(new Error('it does not fit')) : Promise.resolve(),
  )
  const events: DeployEvent[] = []
  await deployments.deploy({ target: '2' }, (event) => events.push(event))
  expect(events.map(describeEvent).slice(-6)).toEqual([
    'discard primary started',
    'discard primary done',
    'resume primary started',
    'resume primary done',
    'receipt',
    'end rollout_failed',
  ])
  expect(counts).toContain(`deploys ${model} deploy failed`)
  expect(readHistory(storePath).at(-1)).toMatchObject({
    outcome: 'failed',
    error: { code: 'rollout_failed', message: expect.stringMatching(/it does not fit/) as string },
  })
  expect(readPointer(storePath, model)?.active).toBe('1')
  expect(lines.at(-1)).toMatch(/^error deploy failed: .*it does not fit/)
})

test('a second deploy is refused; a rollback of one that answers callers already leads to what served before', async () => {
  let slow = (): void => undefined
  const isSlow = new Promise<void>((resolve) => (slow = resolve))
  let loads = 0
  const { deployments } = await start(({ do: what }) => {
    // The backup's turn: the primary serves the new version by then.
    if (what !== 'load' || ++loads !== 2) return Promise.resolve()
    slow()
    return new Promise(() => undefined)
  })
  const events = { deploy: [] as string[], second: [] as string[], rollback: [] as string[] }
  const deploy = deployments.deploy({ target: '2' }, (event) => events.deploy.push(describeEvent(event)))
  await isSlow
  await deployments.deploy({ target: '2' }, (event) => events.second.push(describeEvent(event)))
  expect(events.second).toEqual(['end rollout_busy'])

  await deployments.rollback({}, (event) => events.rollback.push(describeEvent(event)))
  await deploy
  expect(events.deploy).toContain('load backup failed')
  expect(events.deploy.slice(-2)).toEqual(['receipt', 'end rollout_failed'])
  expect(events.rollback[0]).toBe('wait for the deploy of name_question@2 started')
  expect(events.rollback.slice(-3)).toEqual(['start', 'receipt', 'end ok'])
  expect(readPointer(storePath, model)?.active).toBe('1')
  expect(
    readHistory(storePath)
      .map(({ action, outcome }) => `${action} ${outcome}`)
      .slice(-2),
  ).toEqual(['deploy failed', 'rollback done'])
})

describe('a client of the repository extension', () => {
  const load = async (deployments: Deployments, version?: string): Promise<unknown> => {
    const events: DeployEvent[] = []
    await deployments.load({ model, ...(version === undefined ? {} : { version }) }, (event) =>
      events.push(event),
    )
    const end = events.at(-1)
    return end?.type === 'end' && end.ok ? end.version.version : end
  }

  test('loads the newest version, and one that was gone back from only by its name', async () => {
    const { deployments } = await start(() => Promise.resolve())
    expect(await load(deployments)).toBe('2')
    expect(await load(deployments)).toBe('2')
    await deployments.rollback({}, () => undefined)
    expect(await load(deployments)).toBe('1')
    expect(await load(deployments, '2')).toBe('2')
    expect(await load(deployments, '9')).toMatchObject({ error: { code: 'version_unknown' } })
  })

  test('unloads a model, which stays what it was in the store, until it is loaded, deployed or gone back to', async () => {
    const { deployments, unloaded, lines } = await start(() => Promise.resolve())
    const ways = [
      ['1', () => load(deployments, '1')],
      ['1', () => deployments.deploy({ target: '1' }, () => undefined)],
      ['2', () => deployments.deploy({ target: '2' }, () => undefined)],
      ['1', () => deployments.rollback({}, () => undefined)],
    ] as const
    for (const [version, comeBack] of ways) {
      const before = readPointer(storePath, model)
      await deployments.unload({ model, by: 'a test' })
      await deployments.unload({ model })
      expect([...unloaded]).toEqual([model])
      expect(readPointer(storePath, model)).toEqual(before)
      await comeBack()
      expect([...unloaded]).toEqual([])
      expect(readPointer(storePath, model)?.active).toBe(version)
    }
    expect(lines).toContain(`warning unloading ${model}, as a test asked: no version of it is served`)
    await expect(deployments.unload({ model: 'x' })).rejects.toMatchObject({ code: 'model_unknown' })
  })

  test('a load that fails leaves the model unloaded', async () => {
    const { deployments, unloaded } = await start(({ do: what }) =>
      what === 'load'
        ? Promise.reject(new ChangeoverError('model_load_failed', 'no memory'))
        : Promise.resolve(),
    )
    await deployments.unload({ model })
    expect(await load(deployments)).toMatchObject({ ok: false })
    expect([...unloaded]).toEqual([model])
  })
})
