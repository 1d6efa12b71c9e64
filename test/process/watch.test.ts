import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'

import { builtEntry, exampleFolder, firstModel, secondModel } from '../../harness/paths.ts'
import { until } from '../../harness/until.ts'
import { loadConfig } from '../../src/config/index.ts'
import { watchFolder } from '../../src/main/run/watch-folder.ts'
import { listVersionNames, readHistory, readPointer } from '../../src/store/index.ts'
import { copySlowly } from '../support/slow-copy.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const model = 'name_question'
const [first, second, third] = ['1795419027', '1795419028', '1795419029']

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-watch-e2e-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('a stack that watches a folder', () => {
  let stack: Stack
  beforeAll(async () => {
    copyFileSync(firstModel, join(folder, `${model}_1795419000.bin`))
    stack = await startStack({
      bakeMs: 0,
      config: `watch: { folder: ${folder}, settleMs: 200, pollMs: 50 }`,
    })
  })
  afterAll(() => stack.stop())

  const active = async (): Promise<string | undefined> => (await stack.status()).models[0]?.active
  const file = (version: string): string => join(folder, `${model}_${version}.bin`)

  test('deploys what arrives, however slowly, and leaves what is older alone', async () => {
    await copySlowly(secondModel, file(second), { pieces: 10, pauseMs: 50 })
    expect(await active()).toBe(first)
    await until('it is deployed', async () => (await active()) === second)
    expect(stack.log()).toContain(`older than the active version: ${model}_1795419000.bin`)
    expect(stack.log()).toContain(`deploying ${model}@${second}`)
    const { note, source } = JSON.parse(
      (await stack.cli('models', 'show', '--json', `${model}@${second}`)).stdout,
    ) as { note?: string; source: { fileName: string } }
    expect([note, source.fileName]).toEqual([undefined, `${model}_${second}.bin`])
  })

  test('does not bring back what was rolled back from', async () => {
    expect(await stack.cli('rollback')).toMatchObject({ code: 0 })
    const before = stack.log().length
    writeFileSync(file('1795419090'), 'no model')
    await until('it has looked again', () =>
      stack.log().slice(before).includes('is left alone until it changes'),
    )
    expect(await active()).toBe(first)
    expect(stack.log().match(new RegExp(`deploying ${model}@${second}`, 'g'))).toHaveLength(1)
  })

  test('goes on with the next one', async () => {
    copyFileSync(secondModel, file(third))
    await until('it is deployed', async () => (await active()) === third)
    expect(stack.log().match(/1795419090\.bin is left alone/g)).toHaveLength(1)
  })

  test('says of another file under the name of a known version that it is not taken, and leaves what serves', async () => {
    copyFileSync(firstModel, file(third))
    await until('it is said', () =>
      /1795419029\.bin was not taken.*name_question@1795419029 is in the store with .*another time in its name/.test(
        stack.log(),
      ),
    )
    expect(await active()).toBe(third)
    copyFileSync(secondModel, file(third))
    await until(
      'it is found to be what it was',
      () => stack.log().match(/1795419029\.bin has arrived/g)?.length === 3,
    )
    expect(await active()).toBe(third)
    expect(stack.log().match(new RegExp(`deploying ${model}@${third}`, 'g'))).toHaveLength(1)
  })

  test('takes a file that failed when it has changed', async () => {
    onTestFailed(() => console.log(stack.log().slice(-4_000)))
    copyFileSync(firstModel, file('1795419090'))
    await until('it is deployed', async () => (await active()) === '1795419090')
  })
})

test('where it is told to, what arrives is only published', async () => {
  const incoming = join(folder, 'publish')
  mkdirSync(incoming)
  const configPath = join(folder, 'publish.yaml')
  writeFileSync(
    configPath,
    `service: ${join(exampleFolder, 'service.ts')}\nmodels: { ${model}: { tokenizer: jieba } }\n` +
      `watch: { folder: ${incoming}, onArrival: publish, settleMs: 100, pollMs: 50 }\n`,
  )
  const { config } = await loadConfig(configPath)
  if (config.watch === undefined) throw new Error('the configuration watches no folder')
  const watched = watchFolder(
    config,
    config.watch,
    { busyWith: undefined, deploy: () => Promise.reject(new Error('it was to be published only')) },
    { publisher: builtEntry('entry/publisher'), modelCheck: builtEntry('model-check') },
  )
  watched.start()
  const storePath = join(folder, '.changeover/store')
  copyFileSync(secondModel, join(incoming, `${model}_${second}.bin`))
  await until('it is published', () => readHistory(storePath).length > 0)
  await watched.close()
  expect(readHistory(storePath)).toMatchObject([
    { action: 'publish', version: second, why: `arrived in ${incoming}` },
  ])
  expect(listVersionNames(storePath, model)).toEqual([second])
  expect(readPointer(storePath, model)).toBeUndefined()
})

describe('the configuration of a watched folder', () => {
  const load = (watch: string): ReturnType<typeof loadConfig> => {
    const path = join(folder, 'changeover.yaml')
    writeFileSync(path, `service: ${join(exampleFolder, 'service.ts')}\nmodels: {}\n${watch}`)
    return loadConfig(path)
  }

  test('has defaults, and a path from its own folder', async () => {
    const { config } = await load('watch: { folder: incoming }')
    expect(config.watch).toEqual({
      folder: join(folder, 'incoming'),
      onArrival: 'deploy',
      settleMs: 5_000,
      pollMs: 2_000,
    })
  })

  test('is refused where it is wrong, or where keys are trusted', async () => {
    await expect(load('watch: { folder: x, onArrival: serve }')).rejects.toThrow(
      /:3: watch\.onArrival must be one of deploy, publish/,
    )
    await expect(load('watch: { folder: x }\ntrustedKeys: [none.pem]')).rejects.toThrow(
      /:3: watch cannot go with trustedKeys.*\n.*:4: trustedKeys\.0 names .*none\.pem/,
    )
  })
})
