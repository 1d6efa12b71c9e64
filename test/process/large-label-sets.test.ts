import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { CliResult } from '../../harness/cli.ts'
import { runCli } from '../../harness/cli.ts'
import type { LabelModel } from '../../harness/models/label-models.ts'
import { isReferenceMissing } from '../../harness/reference-fasttext.ts'
import type { WholeDeploy } from '../../harness/stacks/label-stack.ts'
import { deployLabelModel } from '../../harness/stacks/label-stack.ts'
import type { DeployEvent } from '../../src/contracts/index.ts'

const model: LabelModel = { labels: 20_000, loss: 'softmax', labelsALine: 20, words: 3, wordNgrams: 1 }

/** A page for people, and what a supervisor may have to parse in one go. */
const maxPageChars = 12_000
const largestBytes = 100_000
/** What is asked many times a second, of each process. */
const maxStatusBytes = 20_000

describe.skipIf(isReferenceMissing())('a model of 20,000 labels', () => {
  let folder: string
  let deployed: WholeDeploy
  const printed: Record<string, CliResult> = {}

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'changeover-labels-'))
    const golden = join(folder, 'golden.txt')
    const commands = {
      show: ['models', 'show', 'topic@1700000001'],
      showJson: ['models', 'show', '--json', 'topic@1700000001'],
      list: ['models', '--json'],
      status: ['status', '--json'],
      compare: ['compare', 'topic', '1700000000', '1700000001', '--on', golden],
      test: ['test', 'topic', golden, '--per-label'],
    }
    deployed = await deployLabelModel(model, {
      folder,
      perSecond: 50,
      bakeMs: 300,
      signal: new AbortController().signal,
      after: async ({ configPath }) => {
        await Promise.all(
          Object.entries(commands).map(async ([name, args]) => {
            printed[name] = await runCli([...args, '--config', configPath])
          }),
        )
      },
    })
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('is deployed through the gates and rolled back while it answers, each answer as fastText gives it', () => {
    const ends = deployed.events.filter((event) => event.type === 'end')
    expect(ends).toMatchObject([
      { ok: true, version: { version: '1700000001' } },
      { ok: true, version: { version: '1700000000' } },
    ])
    expect(deployed.load.sent).toBeGreaterThan(30)
    expect(deployed.load.wrong).toEqual([])
    const gates = deployed.events.flatMap((event: DeployEvent) => ('gate' in event ? [event.gate] : []))
    expect(gates.map(({ gate, outcome }) => `${gate} ${outcome}`)).toEqual([
      'whole passed',
      'contract passed',
      'golden passed',
      'agreement passed',
      'cost passed',
      'whole passed',
    ])
    expect(gates.find(({ gate }) => gate === 'contract')?.sentence).toContain('20000 labels')
    expect(gates.find(({ gate }) => gate === 'golden')?.figures).toMatchObject({ labelCount: 10_000 })
  })

  test('takes a page in the store, over the sockets and on the screen, not a line for each label', () => {
    const { manifest, gates, events } = deployed.sizes
    expect(Math.max(manifest, gates, events)).toBeLessThan(largestBytes)
    expect(Object.values(printed).map(({ code, stderr }) => [code, stderr])).toEqual(
      Object.values(printed).map(() => [0, '']),
    )
    expect(printed['show']?.stdout).toMatch(/labels +20000: .* and 19980 more/)
    for (const name of ['show', 'compare']) expect(printed[name]?.stdout.length).toBeLessThan(maxPageChars)
    for (const name of ['showJson', 'list']) expect(printed[name]?.stdout.length).toBeLessThan(largestBytes)
    expect(printed['status']?.stdout).toContain('1700000000')
    expect(printed['status']?.stdout.length).toBeLessThan(maxStatusBytes)
    expect(printed['compare']?.stdout).toContain('and 9950 more labels, which change less or not')
    expect(printed['test']?.stdout.split('\n')).toHaveLength(20_000 + 4)
  })
})
