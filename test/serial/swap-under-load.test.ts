import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { routePath, secondModel } from '../../harness/paths.ts'
import { until } from '../../harness/until.ts'
import { startLoad } from '../support/load.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'
import { expectRightAnswers, utteranceBody } from '../support/utterance-load.ts'

const clients = 8
/** As much as the machine can do. */
const pauseMs = 0

describe('under a steady load', () => {
  let stack: Stack

  beforeAll(async () => {
    stack = await startStack({ bakeMs: 300 })
    expect((await stack.cli('publish', secondModel)).code).toBe(0)
  })
  afterAll(async () => {
    expect(await stack.stop()).toBe(0)
  })

  test('20 deploys back and forth lose no request, and each answer is that of the version it names', async () => {
    const load = startLoad(stack.gateway + routePath, clients, utteranceBody, pauseMs)
    for (let i = 0; i < 20; i++) {
      const target = i % 2 === 0 ? '1795419028' : '1795419027'
      expect((await stack.deploy(target)).at(-1)).toMatchObject({ type: 'end', ok: true })
      const answeredBefore = load.outcomes.length
      await until('the load goes on', () => load.outcomes.length > answeredBefore + clients)
      expect(load.outcomes.at(-1)?.version).toBe(`name_question@${target}`)
    }
    const outcomes = await load.stop()
    expectRightAnswers(outcomes)
    expect(new Set(outcomes.map(({ version }) => version)).size).toBe(2)
    expect(outcomes.length).toBeGreaterThan(1_000)
  })

  test('kill -9 of the primary’s worker loses no request, and the worker comes back', async () => {
    const load = startLoad(stack.gateway + routePath, clients, utteranceBody, pauseMs)
    for (let i = 0; i < 5; i++) {
      const before = (await stack.status()).instances[0]?.workers[0]
      const answeredBefore = load.outcomes.length
      await until('the load runs', () => load.outcomes.length > answeredBefore + clients * 10)
      if (before == null) throw new Error('the primary is not there')
      process.kill(before.pid, 'SIGKILL')
      await until('the primary is back', async () => {
        const { gateway, instances } = await stack.status()
        const pid = instances[0]?.workers[0]?.pid
        return pid !== undefined && pid !== before.pid && gateway.status?.instances.primary.readyWorkers === 1
      })
    }
    expectRightAnswers(await load.stop())
  })

  test('kill -9 of a worker in the middle of a rollout brings everything back to the old version, and loses nothing', async () => {
    const { active } = (await stack.status()).models[0] ?? {}
    const target = active === '1795419027' ? '1795419028' : '1795419027'
    const load = startLoad(stack.gateway + routePath, clients, utteranceBody, pauseMs)
    const deploy = stack.deploy(target)
    await until('the primary serves the new version', async () => {
      const served = (await stack.status()).instances[0]?.workers[0]?.served[0]
      return served?.version === target
    })
    const pid = (await stack.status()).instances[0]?.workers[0]?.pid ?? 0
    process.kill(pid, 'SIGKILL')
    const end = (await deploy).at(-1)
    expect(end).toMatchObject({ type: 'end', ok: false, error: { code: 'rollout_failed' } })
    expect(JSON.stringify(end)).toMatch(/(resume|bake) primary.*SIGKILL/)
    await until('every instance serves the old version', async () => {
      const { instances } = await stack.status()
      return instances.every(({ workers }) =>
        workers.every((worker) => worker?.served[0]?.version === active),
      )
    })
    expectRightAnswers(await load.stop())
  })
})
