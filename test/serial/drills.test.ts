import { execFile } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, describe, expect, test } from 'vitest'

import { effects } from '../../drill/drills/effects.ts'
import type { DrillReport } from '../../drill/report/describe-run.ts'
import { runDrill as executeDrill } from '../../drill/run-drill.ts'
import { exampleRequests } from '../../harness/load/index.ts'
import { chooseModels } from '../../harness/models/choose-models.ts'
import { exampleFolder, firstModel } from '../../harness/paths.ts'
import { createRandom } from '../../harness/random.ts'
import { missingComponents } from '../../harness/real-components.ts'
import { inRotation, isFullRun } from '../../harness/rotation.ts'
import { loadConfig } from '../../src/config/index.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const jiti = join(root, 'node_modules/jiti/lib/jiti-cli.mjs')

/** What a drill finds faults in. A change of anything else has a third of them run. */
const sources = [
  'drill/',
  'src/gateway/',
  'src/http/',
  'src/ipc/',
  'src/rollout/',
  'src/supervisor/',
  'src/worker/',
]

const names = [
  'swap',
  'kill',
  'hang',
  'supervisor',
  'reload',
  'bad-model',
  'overload',
  'hostile-clients',
  'storm',
  'effects',
]

/** A refusal in an overload is not a breach if the client is told to retry. */
const mayRefuse = ['overload', 'storm', 'effects']

type Result = { readonly code: number; readonly stdout: string; readonly stderr: string }

function runDrill(...args: string[]): Promise<Result> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [jiti, join(root, 'drill/run.ts'), ...args],
      { maxBuffer: 1 << 26 },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
  })
}

/** Each takes minutes in full. */
const form = isFullRun ? [] : ['--short']
const timeoutMs = isFullRun ? 30 * 60_000 : 120_000

/** It measures what the machine can do; the others run two at a time, as `maxConcurrency` says. */
const alone = 'overload'
const chosen = inRotation('drills', names, sources, 3)

async function expectKept(name: string): Promise<void> {
  const { code, stdout, stderr } = await runDrill(name, ...form, '--json', '--seed', '1')
  expect(stderr).toContain(`drill: ${name}, seed 1`)
  const { changeover } = JSON.parse(stdout) as DrillReport
  expect(changeover).toMatchObject({ kept: true, findings: [], breaches: [], breachCount: 0 })
  const { undisturbed, disturbed } = changeover
  expect(undisturbed.right).toBe(undisturbed.sent)
  expect(disturbed.right + disturbed.unknown + (mayRefuse.includes(name) ? disturbed.refused : 0)).toBe(
    disturbed.sent,
  )
  expect(Math.min(undisturbed.sent, disturbed.sent)).toBeGreaterThan(100)
  expect(code).toBe(0)
}

const drillForm = isFullRun ? 'a drill in full' : 'the short form of a drill'

describe.runIf(chosen.includes(alone))(drillForm, { timeout: timeoutMs }, () => {
  test(`${alone}: the promise is kept`, () => expectKept(alone))
})

describe.concurrent(drillForm, { timeout: timeoutMs }, () => {
  test.each(chosen.filter((name) => name !== alone))('%s: the promise is kept', expectKept)

  test('says what there is where a name or an option is not known, and exits with 2', async () => {
    const unknown = await runDrill('nothing')
    expect(unknown).toMatchObject({ code: 2, stdout: '' })
    expect(unknown.stderr).toMatch(/no drill “nothing”.*NAME is one of: swap, kill, hang/s)
    const unaccompanied = await runDrill('swap', '--config', 'theirs.yaml')
    expect(unaccompanied.code).toBe(2)
    expect(unaccompanied.stderr).toContain('--config needs --requests')
  })
})

const missing = missingComponents('nginx', 'supervisor')

describe.skipIf(missing !== false)(
  `nginx in front${missing === false ? '' : ` (${missing})`}`,
  { concurrent: true },
  () => {
    test('generated, and the stack under supervisord: a swap, a kill, a hang and a reload keep the promise, and nothing runs twice', async ({
      onTestFinished,
    }) => {
      const folder = mkdtempSync(join(tmpdir(), 'changeover-drill-nginx-'))
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
      const { config } = await loadConfig(join(exampleFolder, 'changeover.yaml'))
      const { changeover } = await executeDrill(
        { ...effects, times: { full: 4, short: 4 } },
        {
          front: 'generated-nginx',
          isUnderSupervisord: true,
          config,
          model: chooseModels(config, join(folder, 'models')),
          requests: exampleRequests(createRandom(1)),
          seed: 1,
          isExample: true,
          isShort: true,
          withCourse: false,
          folder,
          signal: new AbortController().signal,
          say: () => undefined,
        },
      )
      expect(changeover).toMatchObject({ kept: true, findings: [], breaches: [] })
      const { disturbed } = changeover
      expect(disturbed.right + disturbed.unknown).toBe(disturbed.sent)
      // The primary's worker, which hangs, costs what nginx waits for it: requests went through nginx.
      expect(disturbed.worstGapMs).toBeGreaterThan(900)
    })
  },
)

describe.concurrent('a service of one’s own', () => {
  const parent = mkdtempSync(join(tmpdir(), 'changeover-drill-test-'))
  afterAll(() => rmSync(parent, { recursive: true, force: true }))

  const writeService = (answer: string): string[] => {
    const folder = mkdtempSync(join(parent, 'service-'))
    const model = basename(firstModel)
    copyFileSync(firstModel, join(folder, model))
    writeFileSync(
      join(folder, 'service.ts'),
      `import { defineService, Type } from 'changeover'
let count = 0
export default defineService((routes) => {
  routes.predict('/v1/label', { body: Type.Object({ text: Type.String() }) }, ({ body, model }) => ${answer})
})`,
    )
    writeFileSync(
      join(folder, 'theirs.yaml'),
      `service: service.ts\nmodels: { name_question: { initial: ${model}, tokenizer: jieba } }\n`,
    )
    const lines = ['您贵姓', '你好', '怎么称呼您'].map((text) => ({ path: '/v1/label', body: { text } }))
    writeFileSync(join(folder, 'requests.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    return ['--config', join(folder, 'theirs.yaml'), '--requests', join(folder, 'requests.jsonl')]
  }

  test('is drilled with requests of its own, and with a copy where there is one version alone', async () => {
    const options = writeService("model('name_question').top(body.text)?.label")
    const { code, stdout, stderr } = await runDrill('swap', '--short', '--json', ...options)
    expect(stderr).toContain('there is one version of name_question alone')
    const { changeover } = JSON.parse(stdout) as DrillReport
    expect(changeover).toMatchObject({ kept: true, breachCount: 0 })
    expect(code).toBe(0)
  })

  test('that answers wrongly now and then is found out: the requests are listed, and the exit code is 1', async () => {
    const options = writeService(
      "++count % 100 === 0 ? 'something else' : model('name_question').top(body.text)?.label",
    )
    const { code, stdout } = await runDrill('kill', '--short', '--seed', '7', ...options)
    expect(stdout).toMatch(/^kill: 4 × kill -9 of a random worker; seed 7; the promise is BROKEN$/m)
    expect(stdout).toMatch(
      /wrong: request \d+ \(.+\), sent at \d+\.\d{3} s: name_question@1795419027 says 200/,
    )
    expect(stdout).toMatch(/sent: +POST \/v1\/label \{"text":"/)
    expect(stdout).toMatch(/came: +200 "something else" by name_question@1795419027 after \d+ ms/)
    expect(stdout).toMatch(/expected: name_question@1795419027: 200 "__label__/)
    expect(code).toBe(1)
  })
})
