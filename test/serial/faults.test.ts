import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { secondModel } from '../../harness/paths.ts'
import { until } from '../../harness/until.ts'
import type { DeployEvent, HistoryEntry, InstanceName } from '../../src/contracts/index.ts'
import { startLoad } from '../support/load.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const service = `
import { defineService, Type } from 'changeover'
const Target = Type.Object({ pid: Type.Integer() })
const misbehave = (what) => ({ body }) => {
  if (body.pid === process.pid) what()
  return process.pid
}
export default defineService((routes) => {
  routes.predict('/version', { body: Type.Unknown() }, ({ model }) => model('name_question').version)
  routes.predict('/twice', { body: Type.Unknown() }, async ({ model }) => {
    const before = model('name_question').version
    await new Promise((resolve) => setTimeout(resolve, 1200))
    return [before, model('name_question').version]
  })
  routes.predict('/segfault', { body: Target }, misbehave(() => process.kill(process.pid, 'SIGSEGV')))
  routes.predict('/block', { body: Target }, misbehave(() => { for (;;); }))
  routes.predict('/throw', { body: Target }, misbehave(() => { setImmediate(() => { throw new Error('nobody catches this') }) }))
  routes.predict('/memory', { body: Target }, misbehave(() => { const all = []; for (;;) all.push(new Array(10_000).fill(all.length + 0.5)) }))
})
`

describe('with two workers an instance', () => {
  let stack: Stack

  beforeAll(async () => {
    stack = await startStack({
      service,
      config: 'workers: 2\nhangTimeoutMs: 1500',
      bakeMs: 1_000,
      // A worker that fills its memory is to do so soon.
      env: { NODE_OPTIONS: '--max-old-space-size=96' },
    })
    expect((await stack.cli('publish', secondModel)).code).toBe(0)
  })
  afterAll(() => stack.stop())

  const pidsOf = async (name: InstanceName): Promise<number[]> => {
    const instance = (await stack.status()).instances.find((one) => one.name === name)
    return instance?.workers.flatMap((worker) => worker?.pid ?? []) ?? []
  }
  const isWhole = (): Promise<void> =>
    until('all workers serve', async () => {
      const { gateway } = await stack.status()
      return Object.values(gateway.status?.instances ?? {}).every(
        ({ readyWorkers, paused }) => readyWorkers === 2 && !paused,
      )
    })
  const startVersions = () => startLoad(`${stack.gateway}/version`, 4, () => '1')
  const isVersion = ({ status, answer }: { status: number; answer: string }): boolean =>
    status === 200 && /^17954190(27|28)$/.test(answer)

  test('bytes that are no frames end their link, and nothing else', async () => {
    const before = await pidsOf('primary')
    const socket = connect(join(stack.folder, '.changeover/run/primary-0.sock'))
    const closed = once(socket, 'close')
    socket.on('error', () => undefined)
    socket.resume().write(Buffer.from([0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0]))
    await closed
    expect(await pidsOf('primary')).toEqual(before)
    expect((await fetch(`${stack.gateway}/version`, { method: 'POST', body: '1' })).status).toBe(200)
  })

  test.each([
    ['a segmentation fault', '/segfault', 'SIGSEGV'],
    ['an event loop that is blocked for good', '/block', 'has not responded for 1.5 s'],
    ['an error that nobody catches', '/throw', 'exit code'],
    ['memory that runs out', '/memory', 'SIGABRT'],
  ])('%s costs nobody an answer, and the process is replaced', async (_what, path, logged) => {
    await isWhole()
    const load = startVersions()
    const [pid = 0] = await pidsOf('primary')
    // Whichever worker it reaches: it is asked until the one that it is meant for has had it.
    await until('the worker has had it', async () => {
      const answer = await fetch(stack.gateway + path, { method: 'POST', body: JSON.stringify({ pid }) })
      expect(answer.status).toBe(200)
      return !(await pidsOf('primary')).includes(pid)
    })
    await until('the log says why', () => stack.log().includes(logged))
    await isWhole()
    const outcomes = await load.stop()
    expect(outcomes.filter((outcome) => !isVersion(outcome))).toEqual([])
  })

  test.each(['primary', 'backup'] as const)(
    'the death of all workers of the %s in the middle of a rollout undoes it, and costs nobody an answer',
    async (name) => {
      await isWhole()
      const load = startVersions()
      const deploy = stack.deploy('1795419028')
      await until('the primary serves the new version', async () => {
        const { instances } = await stack.status()
        return instances[0]?.workers.every((worker) => worker?.served[0]?.version === '1795419028') === true
      })
      for (const pid of await pidsOf(name)) process.kill(pid, 'SIGKILL')
      expect((await deploy).at(-1)).toMatchObject({ ok: false, error: { code: 'rollout_failed' } })
      await isWhole()
      const outcomes = await load.stop()
      expect(outcomes.filter((outcome) => !isVersion(outcome))).toEqual([])
      expect(await (await fetch(`${stack.gateway}/version`, { method: 'POST', body: '1' })).text()).toBe(
        '1795419027',
      )
    },
  )

  test('a rollout leaves a receipt: on the command line, in the history, and in the control API', async () => {
    await isWhole()
    const load = startVersions()
    await until('there is traffic', () => load.outcomes.length > 100)
    const twice: Promise<Response>[] = []
    const timer = setInterval(
      () => twice.push(fetch(`${stack.gateway}/twice`, { method: 'POST', body: '1' })),
      100,
    )
    const events = await stack.deploy('1795419028')
    clearInterval(timer)
    await load.stop()
    const seen = new Set<string>()
    for (const response of await Promise.all(twice)) {
      const [before, after] = (await response.json()) as string[]
      expect(after, 'a request sees one version from its begin to its end').toBe(before)
      expect(response.headers.get('x-model-version')).toBe(`name_question@${before ?? ''}`)
      seen.add(before ?? '')
    }
    expect(seen).toEqual(new Set(['1795419027', '1795419028']))
    const receipt = events.find(
      (event): event is Extract<DeployEvent, { type: 'receipt' }> => event.type === 'receipt',
    )
    expect(events.at(-1)).toMatchObject({ type: 'end', ok: true })
    const figures = {
      refused: 0,
      lost: 0,
      p50Ms: expect.any(Number) as number,
      p99Ms: expect.any(Number) as number,
    }
    expect(receipt?.receipt).toMatchObject({ before: figures, during: figures, after: figures })
    const { during, memoryBytes, steps } = receipt?.receipt ?? {}
    expect(during?.answered).toBeGreaterThan(100)
    expect(during?.accepted).toBeGreaterThanOrEqual((during?.answered ?? 0) - 4)
    expect(during?.longestGapMs).toBeGreaterThan(0)
    expect(memoryBytes?.before).toBeGreaterThan(20_000_000)
    expect(memoryBytes?.after).toBeGreaterThan(20_000_000)
    expect(steps?.map(({ step }) => step)).toEqual(
      expect.arrayContaining(['pause primary', 'bake primary', 'commit']),
    )
    expect(steps?.find(({ step }) => step === 'bake primary')?.durationMs).toBeGreaterThanOrEqual(990)

    const lines = readFileSync(join(stack.folder, '.changeover/store/history.jsonl'), 'utf8')
      .trim()
      .split('\n')
    const last = JSON.parse(lines.at(-1) ?? '') as HistoryEntry
    expect(last).toMatchObject({
      action: 'deploy',
      version: '1795419028',
      from: '1795419027',
      outcome: 'done',
    })
    expect(last.receipt).toEqual(receipt?.receipt)
    expect(lines.slice(0, -1).map((line) => (JSON.parse(line) as HistoryEntry).outcome)).toContain('failed')

    const { stdout } = await stack.cli('rollback')
    expect(stdout).toMatch(
      /accepted +answered +refused +lost +p50 ms +p99 ms +longest gap ms\n +before .*\n +during .*\n +after .*\n +bake \d+ answers, .*\n +memory .* before, .* after/,
    )
  })
})

describe('in an overload', () => {
  test('health and control are answered at once, what cannot be served is refused, and memory is bounded', async () => {
    const stack = await startStack({
      service: `
        import { defineService, Type } from 'changeover'
        export default defineService((routes) => {
          routes.predict('/slow', { body: Type.Unknown() }, () => {
            const endMs = performance.now() + 20
            while (performance.now() < endMs);
            return 'slow'
          })
        })`,
      config: 'http: { maxBufferedBytes: 3000000 }',
    })
    const url = `${stack.gateway}/slow`
    const large = JSON.stringify('x'.repeat(100_000))
    const load = startLoad(url, 100, () => large)
    await until('some were refused', () => load.outcomes.some(({ status }) => status === 503))
    for (let i = 0; i < 5; i++) {
      const begunMs = performance.now()
      expect((await fetch(`${stack.gateway}/-/health`)).status).toBe(200)
      expect((await fetch(`${stack.primary}/-/health`)).status).toBe(200)
      expect((await stack.status()).gateway.status?.instances.primary.readyWorkers).toBe(1)
      expect(performance.now() - begunMs).toBeLessThan(1_000)
    }
    await until('publishing and warming are asked to go slowly', () =>
      existsSync(join(stack.folder, '.changeover/store/give-way')),
    )
    const pid = (await stack.status()).gateway.status?.pid ?? 0
    const residentKiB = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
    expect(residentKiB).toBeLessThan(300_000)
    const outcomes = await load.stop()
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set([200, 503]))
    await stack.stop()
  })
})
