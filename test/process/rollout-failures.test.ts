import { afterEach, describe, expect, test } from 'vitest'

import { routePath, secondModel } from '../../harness/paths.ts'
import { until } from '../../harness/until.ts'
import { readTestSet } from '../support/corpus.ts'
import { expectedAnswers } from '../support/expected-answers.ts'
import { startLoad } from '../support/load.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const body = JSON.stringify({ text: [['您贵姓', 5]] })
const oldVersion = '1795419027'

describe('a rollout is undone, and says why,', () => {
  let stack: Stack

  afterEach(() => stack.stop())

  const servesOldVersion = async (): Promise<void> =>
    until('every instance serves the old version, and the gateway uses both', async () => {
      const { instances, gateway } = await stack.status()
      const traffic = Object.values(gateway.status?.instances ?? {})
      return (
        instances.every(({ workers }) =>
          workers.every((worker) => worker?.served[0]?.version === oldVersion),
        ) && traffic.every(({ paused, readyWorkers }) => !paused && readyWorkers === 1)
      )
    })

  test('when a step takes too long', async () => {
    stack = await startStack({ stepTimeoutMs: 700 })
    const pid = (await stack.status()).instances[0]?.workers[0]?.pid ?? 0
    const load = startLoad(stack.gateway + routePath, 4, () => body)
    process.kill(pid, 'SIGSTOP')
    const end = (await stack.deploy(secondModel)).at(-1)
    process.kill(pid, 'SIGCONT')
    expect(JSON.stringify(end)).toMatch(/rollout_failed.*(pause|load) primary.*no reply within 700 ms/)
    await servesOldVersion()
    const outcomes = await load.stop()
    expect(outcomes.filter(({ status, answer }) => status !== 200 || answer !== '5')).toEqual([])
  })

  test('when too many answers fail while the primary is watched', async () => {
    stack = await startStack({
      bakeMs: 5_000,
      service: `
        import { defineService, Type } from 'changeover'
        export default defineService((routes) => {
          routes.predict('${routePath}', { body: Type.Unknown() }, ({ model }) => {
            if (model('name_question').version !== '${oldVersion}') throw new Error('this service cannot do with that model')
            return 5
          })
        })`,
    })
    const load = startLoad(stack.gateway + routePath, 4, () => body)
    const events = await stack.deploy(secondModel)
    await servesOldVersion()
    const answered = load.outcomes.length
    await until('the load goes on', () => load.outcomes.length > answered + 20)
    await load.stop()
    expect(events.at(-1)).toMatchObject({ ok: false, error: { code: 'rollout_failed' } })
    expect(JSON.stringify(events.at(-1))).toMatch(
      /bake primary.*while the primary was watched, .*answers failed/,
    )
    expect(load.outcomes.slice(answered + 10).every(({ status }) => status === 200)).toBe(true)
  })

  test('when its answers take much longer while the primary is watched', async () => {
    stack = await startStack({
      bakeMs: 20_000,
      service: `
        import { defineService, Type } from 'changeover'
        export default defineService((routes) => {
          routes.predict('${routePath}', { body: Type.Unknown() }, async ({ model }) => {
            if (model('name_question').version !== '${oldVersion}') await new Promise((resolve) => setTimeout(resolve, 300))
            return 5
          })
        })`,
    })
    const load = startLoad(stack.gateway + routePath, 100, () => body, 100)
    await until('the usual time is known', () => load.outcomes.length > 1_000)
    const events = await stack.deploy(secondModel)
    await servesOldVersion()
    const outcomes = await load.stop()
    expect(JSON.stringify(events.at(-1))).toMatch(
      /bake primary.*while the primary was watched, the slowest hundredth of its answers took over \d{3,}/,
    )
    expect(outcomes.filter(({ status, answer }) => status !== 200 || answer !== '5')).toEqual([])
  })

  test('when its answers are distributed differently than before', async () => {
    // On a busy machine it might be slow first.
    stack = await startStack({ bakeMs: 20_000, rollout: 'p99BudgetMs: 60000' })
    const utterances = readTestSet()
    const answers = expectedAnswers(utterances)
    const [before, after] = ['1795419027', '1795419028'].map((version) =>
      answers.get(`name_question@${version}`),
    )
    const differing = utterances.filter((_, index) => before?.[index] !== after?.[index])
    expect(differing.length).toBeGreaterThan(10)
    const load = startLoad(stack.gateway + routePath, 4, (id) =>
      JSON.stringify({ text: [[differing[id % differing.length]?.text ?? '', id]] }),
    )
    await until('what is usual is known', () => load.outcomes.length > 1_500)
    const events = await stack.deploy(secondModel)
    await servesOldVersion()
    const outcomes = await load.stop()
    expect(JSON.stringify(events.at(-1))).toMatch(
      /bake primary.*its answers are distributed differently: [\d.]+ % went from one label to another, 25 % are allowed/,
    )
    expect(outcomes.filter(({ status }) => status !== 200)).toEqual([])
  })

  test('when the backup dies while the primary is replaced', async () => {
    stack = await startStack({ bakeMs: 5_000 })
    const load = startLoad(stack.gateway + routePath, 4, () => body)
    const deploy = stack.deploy(secondModel)
    await until('the primary serves the new version', async () => {
      const served = (await stack.status()).instances[0]?.workers[0]?.served[0]
      return served?.version === '1795419028'
    })
    process.kill((await stack.status()).instances[1]?.workers[0]?.pid ?? 0, 'SIGKILL')
    expect(JSON.stringify((await deploy).at(-1))).toMatch(
      /rollout_failed.*(resume|bake) primary.*backup 0 exited: SIGKILL/,
    )
    await servesOldVersion()
    const outcomes = await load.stop()
    expect(outcomes.filter(({ status, answer }) => status !== 200 || answer !== '5')).toEqual([])
  })
})

describe('a process that dies', () => {
  test('is started again each time, later and later', async () => {
    const stack = await startStack()
    for (let i = 0; i < 3; i++) {
      const pid = (await stack.status()).gateway.status?.pid ?? 0
      process.kill(pid, 'SIGKILL')
      await until('the gateway is back', async () => {
        const { gateway } = await stack.status()
        return gateway.restarts === i + 1 && gateway.status !== null && gateway.status.pid !== pid
      })
      await until(
        'it serves',
        async () => (await fetch(stack.gateway + routePath, { method: 'POST', body })).status === 200,
      )
    }
    const delays = [...stack.log().matchAll(/gateway exited \(SIGKILL\); restarting in (\d+) ms/g)].map(
      (match) => Number(match[1]),
    )
    expect(delays).toEqual([50, 100, 200])
    await stack.stop()
  })

  test('leaves its clients waiting, not refused, until it is back', async () => {
    const stack = await startStack()
    process.kill((await stack.status()).gateway.status?.pid ?? 0, 'SIGKILL')
    await until('the gateway is gone', async () => (await stack.status()).gateway.status === null)
    expect(await (await fetch(stack.gateway + routePath, { method: 'POST', body })).text()).toBe('5')
    await stack.stop()
  })
})
