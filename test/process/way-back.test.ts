import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { firstModel, routePath, secondModel } from '../../harness/paths.ts'
import { until } from '../../harness/until.ts'
import { dataPaths } from '../../src/config/index.ts'
import type {
  BakeReport,
  DeployBody,
  DeployEvent,
  HistoryEntry,
  ReloadEvent,
  RollbackBody,
} from '../../src/contracts/index.ts'
import { createControlClient } from '../../src/control-api/index.ts'
import { activate, publish, readHistory } from '../../src/store/index.ts'
import { readTestSet } from '../support/corpus.ts'
import { expectedAnswers } from '../support/expected-answers.ts'
import type { HeldProcesses } from '../support/held-processes.ts'
import { holdProcesses } from '../support/held-processes.ts'
import type { Load } from '../support/load.ts'
import { startLoad } from '../support/load.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const [first, second] = ['1795419027', '1795419028'] as const

/** Answers with the label; fails if the body asks for it. */
const service = `
  import { defineService, Type } from 'changeover'
  const body = Type.Object({ text: Type.String(), fail: Type.Optional(Type.Boolean()) })
  export default defineService((routes) => {
    routes.post('${routePath}', { body }, ({ body, model }) => {
      if (body.fail) throw new Error('as the caller wants it')
      return model('name_question').top(body.text)?.label ?? 'none'
    })
  })`

const say = (text: string, fail = false): string => JSON.stringify({ text, fail })

/** What is done to a stack, each with its events as they come. */
function follow(stack: Stack) {
  const control = createControlClient(dataPaths(join(stack.folder, '.changeover')).controlSocket)
  const run = <Event extends DeployEvent | ReloadEvent>(stream: AsyncIterable<Event>) => {
    const events: Event[] = []
    const ended = (async () => {
      for await (const event of stream) events.push(event)
      return events.at(-1)
    })()
    return { events, ended }
  }
  return {
    deploy: (body: DeployBody) => run(control.deploy(body)),
    rollback: (body: RollbackBody = {}) => run(control.rollback(body)),
    reload: () => run(control.reload()),
  }
}

const begun = (events: readonly DeployEvent[], step: string): boolean =>
  events.some((event) => event.type === 'step' && event.step === step)
const stepOf = (events: readonly DeployEvent[], step: string) =>
  events.find(
    (event): event is Extract<DeployEvent, { state: 'done' | 'failed' }> =>
      event.type === 'step' && event.step === step && event.state !== 'started',
  )
const bakeOf = (events: readonly DeployEvent[]): BakeReport | undefined =>
  stepOf(events, 'bake primary')?.bake
const outcomesOf = (events: readonly DeployEvent[]): Record<string, string> =>
  Object.fromEntries(bakeOf(events)?.checks.map(({ check, outcome }) => [check, outcome]) ?? [])
const served = async (stack: Stack, model = 'name_question'): Promise<(string | undefined)[]> =>
  (await stack.status()).instances.map(
    ({ workers }) => workers[0]?.served.find((one) => one.model === model)?.version,
  )
/** The gateway's and the workers' that have their places. */
const pidsOf = async (stack: Stack): Promise<(number | undefined)[]> => {
  const { gateway, instances } = await stack.status()
  return [gateway.status?.pid, ...instances.flatMap(({ workers }) => workers.map((one) => one?.pid))]
}
const childrenOf = ({ supervisor: { pid = 0 } }: Stack): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)
const historyOf = (stack: Stack): HistoryEntry[] =>
  readHistory(dataPaths(join(stack.folder, '.changeover')).store)

describe('a version that is watched on live traffic', () => {
  let held: HeldProcesses
  let stack: Stack
  let load: Load | undefined

  beforeAll(async () => {
    held = holdProcesses()
    stack = await startStack({ service, bakeMs: 1_000, env: held.env })
  })
  afterAll(async () => {
    await load?.stop()
    expect(await stack.stop()).toBe(0)
    held.remove()
  })

  /** Texts that both versions answer alike, or differently. */
  const textsOf = (areAlike: boolean): string[] => {
    const utterances = readTestSet()
    const answers = expectedAnswers(utterances)
    const [before, after] = [first, second].map((version) => answers.get(`name_question@${version}`))
    return utterances
      .filter((_, index) => (before?.[index] === after?.[index]) === areAlike)
      .map(({ text }) => text)
  }
  const sendTexts = async (texts: readonly string[]): Promise<void> => {
    await load?.stop()
    load = startLoad(stack.gateway + routePath, 4, (id) => say(texts[id % texts.length] ?? ''))
    await until('what is usual is known', () => (load?.outcomes.length ?? 0) > 1_500)
  }

  test('is not said to have passed where nobody asked, and the last line says that nothing was compared', async () => {
    const { code, stdout } = await stack.cli('deploy', secondModel)
    expect(code).toBe(0)
    expect(stdout).toMatch(/- bake primary .* 0 answers, 0 failed; not compared: 0 answers, 200 are needed/)
    expect(stdout).toMatch(/\n {2}bake 0 answers, 0 failed; not compared: 0 answers/)
    expect(stdout.trim().split('\n').at(-1)).toMatch(
      /^nothing that it answers could be compared: .*no golden set.*; .*0 answers, 200 are needed/,
    )
    expect(historyOf(stack).at(-1)?.receipt?.bake).toMatchObject({ answered: 0, failed: 0 })
    expect(stack.log()).toMatch(/1795419028 serves; nothing that it answers could be compared/)
    const back = follow(stack).rollback()
    expect(await back.ended).toMatchObject({ ok: true })
    expect(await back.ended).not.toHaveProperty('comparisons')
  })

  test('is compared by failures, latency and labels where there is traffic, also just after a reload', async () => {
    await sendTexts(textsOf(true))
    expect((await stack.cli('reload')).code).toBe(0)
    // One that served before would be a way back.
    const fresh = join(stack.folder, 'name_question_1795419030.bin')
    copyFileSync(secondModel, fresh)
    const { events, ended } = follow(stack).deploy({ target: fresh })
    expect(await ended).toMatchObject({
      ok: true,
      comparisons: { compared: ['bake failures', 'bake latency', 'bake labels'] },
    })
    expect(outcomesOf(events)).toEqual({ failures: 'passed', latency: 'passed', labels: 'passed' })
    expect(bakeOf(events)?.checks[1]?.sentence).toMatch(/^p99 [\d.]+ ms, [\d.]+ ms before$/)
    expect(await follow(stack).rollback({ to: first }).ended).toMatchObject({ ok: true })
  })

  test('stays by force when its labels are others, and the history records it; the rollback is not undone for the same shift', async () => {
    await sendTexts(textsOf(false))
    const wrong = join(stack.folder, 'name_question_1795419031.bin')
    copyFileSync(secondModel, wrong)
    const undone = follow(stack).deploy({ target: wrong })
    expect(await undone.ended).toMatchObject({ ok: false, error: { code: 'rollout_failed' } })
    expect(outcomesOf(undone.events)).toMatchObject({ labels: 'failed' })
    await until('what is usual is known again', async () => {
      const { gateway } = await stack.status()
      return (gateway.status?.instances.primary.latest.answered ?? 0) > 1_000
    })

    const { code, stdout } = await stack.cli('deploy', '1795419031', '--force')
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /! bake primary .* overridden: its answers are distributed differently/,
      ) as string,
    })
    expect(stdout).toContain('by force: bake overridden')
    expect(historyOf(stack).at(-1)).toMatchObject({ outcome: 'done', overrode: ['bake'] })
    expect((await stack.cli('history', '-n', '1')).stdout).toContain('by force, bake overridden')
    await until('the wrong labels are what is usual', async () => {
      const { gateway } = await stack.status()
      return (gateway.status?.instances.primary.latest.answered ?? 0) > 1_000
    })

    const back = follow(stack).rollback({ why: 'wrong labels' })
    expect(await back.ended).toMatchObject({ ok: true, version: { version: first } })
    expect(outcomesOf(back.events)).toEqual({ failures: 'passed', latency: 'skipped', labels: 'skipped' })
    expect(stepOf(back.events, 'bake primary')?.detail).toContain(
      'a way back is judged by its failures alone',
    )
    expect(await served(stack)).toEqual([first, first])
  })

  test('does not go for one failure among its first answers, neither forward nor back', async () => {
    await load?.stop()
    load = undefined
    for (const ask of [() => follow(stack).deploy({ target: second }), () => follow(stack).rollback()]) {
      const { events, ended } = ask()
      await until('it is watched', () => begun(events, 'bake primary'))
      for (let i = 0; i < 30; i++) {
        const answer = await fetch(stack.gateway + routePath, {
          method: 'POST',
          body: say('您贵姓', i === 0),
        })
        expect(answer.status).toBe(i === 0 ? 500 : 200)
      }
      expect(await ended).toMatchObject({ ok: true })
      expect(bakeOf(events)).toMatchObject({ answered: 30, failed: 1 })
      expect(outcomesOf(events)).toMatchObject({ failures: 'skipped' })
    }
  })

  test('is watched as long as it should, whatever the clock says meanwhile', async () => {
    for (const offMs of [-3_600_000, 3_600_000]) {
      held.setClock(0)
      const { events, ended } = follow(stack).deploy({ target: offMs < 0 ? second : first })
      await until('it is watched', () => begun(events, 'bake primary'))
      held.setClock(offMs)
      expect(await ended).toMatchObject({ ok: true })
      const durationMs = stepOf(events, 'bake primary')?.durationMs ?? 0
      expect(durationMs).toBeGreaterThanOrEqual(990)
      expect(durationMs).toBeLessThan(15_000)
    }
    held.setClock(0)
  })

  test('is not published or tried any longer when a way back is asked for', async () => {
    const target = join(stack.folder, 'name_question_1795419040.bin')
    copyFileSync(secondModel, target)
    for (const entry of ['publisher', 'gatekeeper'] as const) {
      await follow(stack).deploy({ target: second }).ended
      held.hold(entry)
      const deploy = follow(stack).deploy({ target })
      await until('it is held up', () =>
        entry === 'publisher'
          ? begun(deploy.events, 'publish')
          : stepOf(deploy.events, 'publish') !== undefined,
      )
      const back = follow(stack).rollback({ to: first })
      expect(await deploy.ended).toMatchObject({
        ok: false,
        error: {
          code: 'rollout_failed',
          message: expect.stringMatching(
            /the deploy of .* was cancelled before it touched an instance: the rollback of name_question@1795419027 has priority/,
          ) as string,
        },
      })
      held.letGo(entry)
      expect(await back.ended).toMatchObject({ ok: true, version: { version: first } })
      expect(historyOf(stack).slice(-2)).toMatchObject([
        { action: 'deploy', outcome: 'failed' },
        { action: 'rollback', outcome: 'done', version: first },
      ])
    }
    // What was ended speaks against nobody.
    expect(await follow(stack).deploy({ target }).ended).toMatchObject({ ok: true })
  })

  test('is not kept waiting by processes that a reload starts; these are stopped when they are ready', async () => {
    for (const entry of ['worker', 'gateway'] as const) {
      expect(await follow(stack).deploy({ target: second }).ended).toMatchObject({ ok: true })
      const before = await pidsOf(stack)
      held.hold(entry)
      const reload = follow(stack).reload()
      await until('it has begun', () => reload.events.length > 0)
      await until('a process is held up', () => childrenOf(stack).length > before.length)
      const begunMs = performance.now()
      expect(await follow(stack).rollback({ to: first }).ended).toMatchObject({ ok: true })
      expect(performance.now() - begunMs).toBeLessThan(10_000)
      expect(await reload.ended).toMatchObject({
        ok: false,
        error: {
          message: expect.stringMatching(
            /^the reload was cancelled before it replaced a process: the rollback of name_question@1795419027 has priority/,
          ) as string,
        },
      })
      held.letGo(entry)
      await until('what came up late is gone', async () => {
        const known = await pidsOf(stack)
        return childrenOf(stack).every((pid) => known.includes(pid))
      })
      expect(await pidsOf(stack)).toEqual(before)
    }
    expect((await stack.cli('reload')).code).toBe(0)
  })

  test('is not kept waiting by a worker that replaces one after maxRequests', async () => {
    const config = readFileSync(stack.configPath, 'utf8')
    writeFileSync(stack.configPath, `${config}maxRequests: 200\n`)
    expect((await stack.cli('reload')).code).toBe(0)
    expect(await follow(stack).deploy({ target: second }).ended).toMatchObject({ ok: true })
    held.hold('worker')
    await sendTexts(textsOf(true))
    await until('a worker is to be replaced', () => stack.log().includes('reached maxRequests after'))
    await until('its successor is held up', () => childrenOf(stack).length > 3)
    const begunMs = performance.now()
    expect(await follow(stack).rollback({ to: first }).ended).toMatchObject({ ok: true })
    expect(performance.now() - begunMs).toBeLessThan(10_000)
    held.letGo('worker')
    await load?.stop()
    writeFileSync(stack.configPath, config)
    expect((await stack.cli('reload')).code).toBe(0)
    expect(await served(stack)).toEqual([first, first])
  })
})

describe('a bake that would last for minutes', () => {
  let stack: Stack

  beforeAll(async () => {
    stack = await startStack({
      service,
      bakeMs: 600_000,
      model: `initial: ${firstModel}
    tokenizer: jieba
  other:
    tokenizer: jieba`,
      prepareStore: (storePath) => {
        for (const [index, file] of [firstModel, secondModel].entries()) {
          const target = { model: 'other', version: String(index + 1) }
          publish({ storePath, ...target, file, tokenizer: 'jieba', nowMs: Date.now() })
          activate(storePath, target, Date.now())
        }
      },
    })
  })
  afterAll(() => stack.stop())

  const bakeSecond = async () => {
    const deploy = follow(stack).deploy({ target: secondModel, model: 'name_question' })
    await until('it is watched', () => begun(deploy.events, 'bake primary'))
    expect(await served(stack)).toEqual([second, first])
    return deploy
  }

  test('is ended by a rollback, which leads to what served before it, also where nothing else ever did', async () => {
    const deploy = await bakeSecond()
    const refused = follow(stack).deploy({ target: first, model: 'name_question' })
    expect(await refused.ended).toMatchObject({ ok: false, error: { code: 'rollout_busy' } })

    const { code, stdout } = await stack.cli('rollback', '--model', 'name_question')
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /✓ wait for the deploy of name_question@1795419028[^]*name_question@1795419027 serves/,
      ) as string,
    })
    expect(await deploy.ended).toMatchObject({
      ok: false,
      error: {
        code: 'rollout_failed',
        message: expect.stringMatching(
          /“bake primary” failed: the rollback of name_question@1795419027 has priority; every instance serves the old version/,
        ) as string,
      },
    })
    expect(await served(stack)).toEqual([first, first])
    expect(historyOf(stack).slice(-2)).toMatchObject([
      { action: 'deploy', version: second, outcome: 'failed' },
      { action: 'rollback', version: first, outcome: 'done' },
    ])
    const { gateway } = await stack.status()
    expect(Object.values(gateway.status?.instances ?? {}).map(({ paused }) => paused)).toEqual([false, false])
  })

  test('is ended by a rollback of another model; a bake of that is cut short by the next one, not undone', async () => {
    const deploy = await bakeSecond()
    const back = follow(stack).rollback({ model: 'other' })
    expect(await deploy.ended).toMatchObject({ ok: false, error: { code: 'rollout_failed' } })
    await until('it is watched', () => begun(back.events, 'bake primary'))
    expect(await served(stack)).toEqual([first, first])
    // Somebody else has the same thought.
    const again = follow(stack).rollback({ model: 'other' })
    expect(await back.ended).toMatchObject({ ok: true, version: { version: '1' } })
    expect(stepOf(back.events, 'bake primary')?.detail).toMatch(
      /cut short: the rollback of other@1 has priority/,
    )
    expect(await again.ended).toMatchObject({ ok: true, version: { version: '1' } })
    expect(await served(stack, 'other')).toEqual(['1', '1'])
  })
})
