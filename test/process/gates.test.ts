import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { exampleFolder, firstModel, routePath, secondModel } from '../../harness/paths.ts'
import { isReferenceMissing } from '../../harness/reference-fasttext.ts'
import { until } from '../../harness/until.ts'
import type { DeployEvent, GateReport } from '../../src/contracts/index.ts'
import { readGateResults } from '../../src/store/index.ts'
import { readTestSet } from '../support/corpus.ts'
import { trainExample } from '../support/example-training.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const redactingService = `
  import { defineService, Type } from 'changeover'
  const body = Type.Object({ text: Type.Array(Type.Tuple([Type.String(), Type.Integer()])) })
  export default defineService(
    (routes) => {
      routes.predict('${routePath}', { body }, ({ body, model }) =>
        body.text.find(([text]) => model('name_question').top(text)?.label === '__label__name')?.[1] ?? -1)
    },
    { redact: (text) => (text.includes('秘密') ? undefined : text.replace(/\\d+/g, '#')) },
  )`

describe.skipIf(isReferenceMissing())('the gates', () => {
  let folder: string
  let stack: Stack
  let active = '1795419027'
  let version = 1_795_500_000

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'changeover-gates-'))
    stack = await startStack({
      service: redactingService,
      model: `initial: ${firstModel}
    tokenizer: jieba
    record: { share: 1 }
    gates:
      contract: { labels: [__label__name] }
      golden: { file: ${join(exampleFolder, 'corpus/test.txt')}, minAccuracy: 0.8 }`,
    })
  })
  afterAll(async () => {
    expect(await stack.stop()).toBe(0)
    rmSync(folder, { recursive: true })
  })

  const newName = (): string => `name_question_${version++}`

  const reportsOf = (events: readonly DeployEvent[]): Record<string, GateReport> =>
    Object.fromEntries(events.flatMap((event) => ('gate' in event ? [[event.gate.gate, event.gate]] : [])))

  /** Deploys what must not serve; no instance was touched, and the gates' words are kept with the version. */
  const refuses = async (
    target: string,
    failed: readonly string[],
  ): Promise<{ readonly reports: Record<string, GateReport>; readonly message: string }> => {
    const events = await stack.deploy(target)
    const end = events.at(-1)
    expect(end).toMatchObject({ type: 'end', ok: false, error: { code: 'gate_failed' } })
    expect(events.some((event) => event.type === 'start')).toBe(false)
    const reports = reportsOf(events)
    const outcomes = Object.values(reports).filter(({ outcome }) => outcome === 'failed')
    expect(outcomes.map(({ gate }) => gate)).toEqual(failed)
    const { models, instances } = await stack.status()
    expect(models[0]?.active).toBe(active)
    for (const { workers } of instances) expect(workers[0]?.served[0]?.version).toBe(active)
    const name = target.replace(/^.*_(\d+)\.bin$/, '$1')
    const kept = readGateResults(join(stack.folder, '.changeover/store'), {
      model: 'name_question',
      version: name,
    })
    expect(kept).toMatchObject({ active, reports: Object.values(reports) })
    return { reports, message: end?.type === 'end' && !end.ok ? end.error.message : '' }
  }

  test('record what models are asked, redacted, for its user alone', async () => {
    const utterances = readTestSet().map(({ text }, index) => [text, index])
    for (const text of [['我的电话是13800000000', 1], ['这是秘密', 2], ...utterances]) {
      const answer = await fetch(stack.gateway + routePath, {
        method: 'POST',
        body: JSON.stringify({ text: [text] }),
      })
      expect(answer.status).toBe(200)
    }
    const file = join(stack.folder, '.changeover/record/name_question/primary-0.jsonl')
    const recorded = (): string => {
      try {
        return readFileSync(file, 'utf8')
      } catch {
        return ''
      }
    }
    await until('all is recorded', () => recorded().split('\n').length > utterances.length + 1)
    expect(recorded()).toContain('"text":"我的电话是#"')
    expect(recorded()).not.toMatch(/13800000000|秘密/)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test('let a better model pass without a flag, each with its figures', async () => {
    const { code, stdout, stderr } = await stack.cli('deploy', secondModel)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/✓ gate whole .* loads in [\d.]+ ms/)
    expect(stdout).toMatch(/✓ gate contract .* 2 labels, tokenizer jieba, as in 1795419027/)
    expect(stdout).toMatch(
      /✓ gate golden .* 152 of 163 right \(93\.3 %\), 135 by 1795419027: 22 gained, 5 lost/,
    )
    expect(stdout).toMatch(
      /✓ gate agreement .* 27 of 164 recorded texts are answered differently \(16\.5 %\)/,
    )
    expect(stdout).toMatch(
      /✓ gate cost .* µs a prediction, [\d.]+ times .*; the machine has|control group .* has/,
    )
    expect(stdout).not.toContain('overridden')
    active = '1795419028'
  })

  test('let a version that has served before go back by deploy, as it need only be whole', async () => {
    const back = await stack.deploy('1795419027')
    expect(Object.keys(reportsOf(back))).toEqual(['whole'])
    expect(back.at(-1)).toMatchObject({ ok: true, overrode: [] })
    expect((await stack.deploy('1795419028')).at(-1)).toMatchObject({ ok: true })
  })

  test('stop a truncated file before it is a version', async () => {
    const file = join(folder, `${newName()}.bin`)
    copyFileSync(secondModel, file)
    truncateSync(file, 300_000)
    const events = await stack.deploy(file)
    expect(events.at(-1)).toMatchObject({ ok: false, error: { code: 'model_file_invalid' } })
    expect(reportsOf(events)).toEqual({})
  })

  test('stop a model that was trained on swapped labels', async () => {
    const swap = (label: string): string => (label === '__label__name' ? '__label__other' : '__label__name')
    const file = trainExample({ folder, name: newName(), relabel: swap })
    const { reports } = await refuses(file, ['golden', 'agreement'])
    expect(reports['golden']?.sentence).toMatch(
      /\d+ of 163 right .*, and 80 % are required; worse than 1795419028: all labels together, 152 of 163 right before, \d+ now \(p < 0\.0001\)/,
    )
  })

  test('stop a model that was trained on half the labels', async () => {
    const file = trainExample({
      folder,
      name: newName(),
      relabel: (label) => (label === '__label__name' ? undefined : label),
    })
    const { reports } = await refuses(file, ['contract', 'golden', 'agreement'])
    expect(reports['contract']?.sentence).toMatch(
      /services rely on __label__name, which it does not have; its labels differ from those of 1795419028, without __label__name: deploy with --allow label-set/,
    )
  })

  test('stop a model whose labels are in another language, and one with another tokenizer', async () => {
    const chinese = trainExample({
      folder,
      name: newName(),
      relabel: (label) => (label === '__label__name' ? '__label__名字' : '__label__其他'),
    })
    const { reports } = await refuses(chinese, ['contract', 'golden', 'agreement'])
    expect(reports['contract']?.sentence).toContain(
      'its labels are written in Han, those of 1795419028 in Latin',
    )

    const file = trainExample({ folder, name: newName(), tokenizer: 'characters' })
    const published = await stack.cli('publish', '--tokenizer', 'characters', file)
    expect(published.code).toBe(0)
    const target = file.replace(/^.*_(\d+)\.bin$/, '$1')
    expect((await refuses(target, ['contract'])).message).toContain(
      'its texts are split by characters, those of 1795419028 by jieba: deploy with --allow tokenizer if that is intended',
    )
    expect((await stack.cli('deploy', '--allow', 'tokenizer', target)).stdout).toMatch(
      /✓ gate contract .* 2 labels, tokenizer characters; allowed: its texts are split by characters/,
    )
    expect((await stack.cli('rollback')).code).toBe(0)
  })

  test('stop a model that was trained with the wrong tokenizer', async () => {
    const file = trainExample({ folder, name: newName(), tokenizer: 'characters', options: ['-maxn', '0'] })
    const { reports } = await refuses(file, ['golden', 'agreement'])
    expect(reports['golden']?.sentence).toContain('worse than 1795419028')
  })

  test('stop a model that is a hundred times slower', async () => {
    const more = Array.from({ length: 20_000 }, (_, i) => `__label__more${i} 词${i}`)
    const options = ['-minn', '1', '-maxn', '2', '-dim', '200', '-loss', 'ns', '-epoch', '3']
    const file = trainExample({ folder, name: newName(), more, options })
    const { reports } = await refuses(file, ['contract', 'golden', 'agreement', 'cost'])
    expect(reports['cost']?.sentence).toMatch(/a prediction, \d{3,} times that .*, and 10 times are allowed/)
    expect(Number(reports['cost']?.figures['slowdown'])).toBeGreaterThan(100)
  })

  test('are overridden by force, which is named, but not the next time', async () => {
    const file = join(folder, `${newName()}.bin`)
    copyFileSync(firstModel, file)
    const { message } = await refuses(file, ['golden'])
    expect(message).toMatch(
      /the gate “golden” failed, worse than 1795419028: .*; `--force` deploys it all the same$/,
    )

    const { code, stdout } = await stack.cli('deploy', '--force', file)
    expect(code).toBe(0)
    expect(stdout).toMatch(/! gate golden .* overridden: worse than 1795419028: all labels together/)
    expect(stdout).toMatch(/by force: golden overridden\n$/)
    expect(stack.log()).toMatch(/ serves, by force: golden overridden/)

    expect((await stack.cli('rollback')).code).toBe(0)
    await refuses(file, ['golden'])
  })

  test('take only what may differ by its name', async () => {
    const { code, stderr } = await stack.cli('deploy', '--allow', 'everything', secondModel)
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('It is one of label-set, label-language, tokenizer.'),
    ])
  })
})
