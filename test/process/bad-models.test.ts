import { copyFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { swapLabels } from '../../harness/models/swap-labels.ts'
import { routePath, secondModel } from '../../harness/paths.ts'
import { until } from '../../harness/until.ts'
import type { Load } from '../support/load.ts'
import { startLoad } from '../support/load.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const body = JSON.stringify({ text: [['您贵姓', 5]] })

describe('a model that must not serve', () => {
  let stack: Stack
  let load: Load
  let version = 1_795_500_000

  beforeAll(async () => {
    stack = await startStack()
    load = startLoad(stack.gateway + routePath, 4, () => body)
  })

  /** The old version served throughout: every answer was right and by it. */
  afterAll(async () => {
    const outcomes = await load.stop()
    expect(outcomes.length).toBeGreaterThan(100)
    expect(new Set(outcomes.map(({ status, version: by, answer }) => `${status} ${by} ${answer}`))).toEqual(
      new Set(['200 name_question@1795419027 5']),
    )
    await stack.stop()
  })

  const newFile = (): string => join(stack.folder, `name_question_${version++}.bin`)

  const refuses = async (file: string, code: string, message: RegExp): Promise<void> => {
    const end = (await stack.deploy(file)).at(-1)
    expect(end).toMatchObject({ type: 'end', ok: false, error: { code } })
    expect(JSON.stringify(end)).toMatch(message)
    const { instances, models, rollout } = await stack.status()
    expect(rollout).toBeNull()
    expect(models[0]?.active).toBe('1795419027')
    for (const { workers } of instances) expect(workers[0]?.served[0]?.version).toBe('1795419027')
    expect(readdirSync(join(stack.folder, '.changeover/store/tmp'))).toEqual([])
  }

  test('an empty file', async () => {
    const file = newFile()
    writeFileSync(file, '')
    await refuses(file, 'model_file_invalid', /empty/)
  })

  test('a file that is cut short', async () => {
    const file = newFile()
    copyFileSync(secondModel, file)
    truncateSync(file, 300_000)
    await refuses(file, 'model_file_invalid', /end|short|byte/)
  })

  test('a file that is not a model', async () => {
    const file = newFile()
    writeFileSync(file, 'this is not a model, whatever its name says')
    await refuses(file, 'model_file_invalid', /not a fastText model/)
  })

  test('a file with a number that is none', async () => {
    const file = newFile()
    const bytes = readFileSync(secondModel)
    bytes.writeFloatLE(NaN, bytes.length - 40)
    writeFileSync(file, bytes)
    await refuses(file, 'model_file_invalid', /finite/)
  })

  test('a file that is not there, and a version that is not there', async () => {
    await refuses(join(stack.folder, 'name_question_1.bin'), 'model_file_not_found', /not a file/)
    await refuses('123', 'version_unknown', /no version 123/)
    await refuses('other_model@1', 'model_unknown', /no model other_model/)
  })

  test('another file under a version that is published', async () => {
    const file = join(stack.folder, 'name_question_1795419027.bin')
    copyFileSync(secondModel, file)
    await refuses(file, 'version_conflict', /never changes/)
  })

  test('one that fails its self-test: every instance stays on the old version, and the reason is said', async () => {
    const file = newFile()
    writeFileSync(file, swapLabels(readFileSync(secondModel)))
    const published = await stack.deploy(file)
    const failed = published.find((event) => event.type === 'step' && event.state === 'failed')
    expect(failed).toMatchObject({ step: 'selfTest primary' })
    await refuses(file, 'rollout_failed', /selfTest primary.*您贵姓.*__label__other.*not __label__name/)
  })

  test('a rollout while another one runs is refused', async () => {
    await load.stop()
    const first = stack.deploy(secondModel)
    await until('the first runs', async () => (await stack.status()).rollout !== null)
    expect((await stack.deploy('1795419027')).at(-1)).toMatchObject({
      ok: false,
      error: { code: 'rollout_busy' },
    })
    expect((await first).at(-1)).toMatchObject({ ok: true })
  })
})
