import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { exampleFolder, firstModel, secondModel } from '../../harness/paths.ts'
import { loadConfig } from '../../src/config/index.ts'
import type { DeployEvent, GateName } from '../../src/contracts/index.ts'
import { activate, appendHistory, publish, readGateResults, writeGateResults } from '../../src/store/index.ts'
import { passGates } from '../../src/supervisor/index.ts'

const model = 'name_question'
const target = { model, version: '2' }

let folder: string
let storePath: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-pass-gates-'))
  storePath = join(folder, 'store')
  publish({ storePath, model, version: '1', file: firstModel, tokenizer: 'jieba', nowMs: 0 })
  publish({ storePath, ...target, file: secondModel, tokenizer: 'jieba', nowMs: 0 })
  activate(storePath, { model, version: '1' }, 0)
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

/** Has version 2 tried by a gatekeeper that does this once it was told what to do. */
async function pass(
  gatekeeper: string,
  events: DeployEvent[] = [],
  wishes: Parameters<typeof passGates>[1] = {},
  timeoutMs = 60_000,
): Promise<readonly GateName[]> {
  const gatekeeperEntry = join(folder, 'gatekeeper.mjs')
  writeFileSync(gatekeeperEntry, `process.once('message', async (start) => { ${gatekeeper} })`)
  const { config } = await loadConfig(join(exampleFolder, 'changeover.yaml'))
  const models = Object.entries(config.models).map(([name, value]) => [
    name,
    { ...value, gates: { ...value.gates, timeoutMs } },
  ])
  const options = {
    config: { ...config, models: Object.fromEntries(models) as typeof config.models },
    storePath,
    recordFolder: join(folder, 'record'),
    gatekeeperEntry,
    activeVersions: () => Promise.resolve([]),
  }
  return passGates(target, wishes, options, (event) => events.push(event))
}

describe('a version whose trial is lost is not whole, and no force helps:', () => {
  const nodeOptions = process.env['NODE_OPTIONS']

  beforeEach(() => {
    process.env['NODE_OPTIONS'] = '--max-old-space-size=32'
  })
  afterEach(() => {
    if (nodeOptions === undefined) delete process.env['NODE_OPTIONS']
    else process.env['NODE_OPTIONS'] = nodeOptions
  })

  test.each([
    ['SIGSEGV', `process.kill(process.pid, 'SIGSEGV')`, /ended with SIGSEGV during the gate “golden”/],
    [
      'out of memory',
      `const all = []; for (;;) all.push(Array.from({ length: 1e4 }, () => ({})))`,
      /ended with SIG(ABRT|TRAP) during the gate “golden”/,
    ],
    ['an error', `throw new Error('not expected')`, /ended with exit code 1 during the gate “golden”/],
    [
      'a hang',
      `for (;;);`,
      /did not finish within 2 s and was killed during the gate “.*”; if the golden set .* raise models\.name_question\.gates\.timeoutMs$/,
      2_000,
    ],
    ['an early end', `process.exit(0)`, /ended with exit code 0 during the gate “golden”/],
  ])('%s', async (_how, fate, sentence, timeoutMs?: number) => {
    const events: DeployEvent[] = []
    const passed = pass(
      `const whole = { gate: 'whole', outcome: 'passed', sentence: 'so far', figures: {} }
       process.send({ type: 'report', report: whole })
       process.send({ type: 'started', gate: 'golden' }, async () => { ${fate} })`,
      events,
      { force: true },
      timeoutMs,
    )
    await expect(passed).rejects.toMatchObject({
      code: 'gate_failed',
      message: expect.stringMatching(
        timeoutMs === undefined
          ? /the gate “whole” failed, .*; this version cannot serve$/
          : /the gate “whole” failed, .* raise models\.name_question\.gates\.timeoutMs$/,
      ) as string,
    })
    expect(events.at(-1)).toMatchObject({
      step: 'gate whole',
      state: 'failed',
      gate: {
        outcome: 'failed',
        sentence: expect.stringMatching(sentence) as string,
      },
    })
    expect(readGateResults(storePath, target)?.reports.at(-1)).toMatchObject({ outcome: 'failed' })
  })
})

describe('which gates a version must pass', () => {
  /** Answers with what it was told, as a gate that is overridden where all are to be passed. */
  const saysWhich = `
    const outcome = start.wholeOnly ? 'passed' : 'overridden'
    process.send({ type: 'report', report: { gate: 'cost', outcome, sentence: '', figures: {} } })
    process.send({ type: 'ended' }, () => process.disconnect())`
  const served = { atMs: 0, model, by: 'somebody', action: 'deploy', outcome: 'done' } as const

  test('is all, for one that has never served', async () => {
    expect(await pass(saysWhich)).toEqual(['cost'])
    appendHistory(storePath, { ...served, version: '2', from: '1', outcome: 'failed' })
    appendHistory(storePath, { ...served, model: 'other', version: '2', from: null })
    expect(await pass(saysWhich)).toEqual(['cost'])
  })

  test('is “whole” alone for one that the history says has served, unless a gate spoke against it', async () => {
    appendHistory(storePath, { ...served, version: '2', from: null })
    expect(await pass(saysWhich)).toEqual([])
    const report = { gate: 'golden', outcome: 'overridden', sentence: '', figures: {} } as const
    writeGateResults(storePath, target, { atMs: 0, active: '1', reports: [report] })
    expect(await pass(saysWhich)).toEqual(['cost'])
    expect(await pass(saysWhich, [], { rollback: true })).toEqual([])
  })

  test('is none for the one that serves', async () => {
    activate(storePath, target, 1)
    expect(await pass(`process.exit(1)`)).toEqual([])
  })
})
