import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { loadConfig } from '../../src/config/index.ts'
import type { DeployEvent } from '../../src/contracts/index.ts'
import { publish, readGateResults } from '../../src/store/index.ts'
import { passGates } from '../../src/supervisor/index.ts'
import { exampleFolder, secondModel } from '../support/paths.ts'

const target = { model: 'name_question', version: '1795419028' }

describe('a version whose trial is lost is not whole, and no force helps:', () => {
  let folder: string
  let storePath: string
  const nodeOptions = process.env['NODE_OPTIONS']

  beforeAll(() => {
    process.env['NODE_OPTIONS'] = '--max-old-space-size=32'
    folder = mkdtempSync(join(tmpdir(), 'changeover-losable-'))
    storePath = join(folder, 'store')
    publish({ storePath, ...target, file: secondModel, tokenizer: 'jieba', nowMs: 0 })
  })
  afterAll(() => {
    if (nodeOptions === undefined) delete process.env['NODE_OPTIONS']
    else process.env['NODE_OPTIONS'] = nodeOptions
    rmSync(folder, { recursive: true })
  })

  test.each([
    ['SIGSEGV', `process.kill(process.pid, 'SIGSEGV')`, /ended with SIGSEGV during the gate “golden”/],
    [
      'out of memory',
      `const all = []; for (;;) all.push(Array.from({ length: 1e4 }, () => ({})))`,
      /ended with SIG(ABRT|TRAP) during the gate “golden”/,
    ],
    ['an error', `throw new Error('not expected')`, /ended with exit code 1 during the gate “golden”/],
    ['a hang', `for (;;);`, /was ended, as it was not done within 1\.5 s during the gate “golden”/],
    ['an early end', `process.exit(0)`, /ended with exit code 0 during the gate “golden”/],
  ])('%s', async (_how, fate, sentence) => {
    const gatekeeperEntry = join(folder, 'lost.mjs')
    writeFileSync(
      gatekeeperEntry,
      `process.once('message', async () => {
         const whole = { gate: 'whole', outcome: 'passed', sentence: 'so far', figures: {} }
         process.send({ type: 'report', report: whole })
         process.send({ type: 'started', gate: 'golden' }, async () => { ${fate} })
       })`,
    )
    const { config } = await loadConfig(join(exampleFolder, 'changeover.yaml'))
    const model = config.models['name_question']
    if (model === undefined) throw new Error('the example has another model')
    const gates = { ...model.gates, timeoutMs: 1_500 }
    const events: DeployEvent[] = []
    const passed = passGates(
      target,
      { force: true, allow: [] },
      {
        config: { ...config, models: { name_question: { ...model, gates } } },
        storePath,
        recordFolder: join(folder, 'record'),
        gatekeeperEntry,
      },
      (event) => events.push(event),
    )
    await expect(passed).rejects.toMatchObject({
      code: 'gate_failed',
      message: expect.stringMatching(/the gate “whole” failed, .*; this version cannot serve$/) as string,
    })
    expect(events.at(-1)).toMatchObject({
      step: 'gate whole',
      state: 'failed',
      gate: { outcome: 'failed', sentence: expect.stringMatching(sentence) as string },
    })
    expect(readGateResults(storePath, target)?.reports.at(-1)).toMatchObject({ outcome: 'failed' })
  })
})
