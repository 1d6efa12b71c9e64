import { describe, expect, test } from 'vitest'

import type { ContractChange } from '../../contracts/index.ts'
import type { Contract } from './contract.ts'
import { judgeContract } from './contract.ts'

const before: Contract = { version: '1', labels: ['__label__name', '__label__other'], tokenizer: 'jieba' }
const after = (part: Partial<Contract>): Contract => ({ ...before, version: '2', ...part })
const limits = { required: [] as string[], allow: [] as ContractChange[] }

describe('a contract', () => {
  test('that is kept passes, in whatever order the labels are', () => {
    expect(
      judgeContract(after({ labels: ['__label__other', '__label__name'] }), before, limits),
    ).toMatchObject({
      outcome: 'passed',
      sentence: '2 labels, tokenizer jieba, as in 1',
    })
  })

  test.each([
    [{ labels: ['__label__name'] }, 'label-set', /differ from those of 1, without __label__other: /],
    [
      { labels: [...before.labels, '__label__phone'] },
      'label-set',
      /differ from those of 1, with __label__phone/,
    ],
    [
      { labels: ['__label__名字', '__label__其他'] },
      'label-language',
      /are written in Han, those of 1 in Latin, without __label__name, __label__other, with __label__名字/,
    ],
    [{ tokenizer: 'characters' }, 'tokenizer', /are split by characters, those of 1 by jieba/],
  ] as const)(
    'that is changed is said in plain words, and stops unless allowed: %j',
    (part, change, words) => {
      const changed = after(part)
      const refused = judgeContract(changed, before, limits)
      expect(refused).toMatchObject({ outcome: 'failed', figures: { changes: [change] } })
      expect(refused.sentence).toMatch(words)
      expect(refused.sentence).toContain(`--allow ${change}`)
      const allowed = judgeContract(changed, before, { ...limits, allow: [change] })
      expect(allowed.outcome).toBe('passed')
      expect(allowed.sentence).toMatch(/; allowed: its /)
    },
  )

  test('does not allow one change for another', () => {
    const both = after({ labels: ['__label__name'], tokenizer: 'intl' })
    expect(judgeContract(both, before, { ...limits, allow: ['tokenizer'] })).toMatchObject({
      outcome: 'failed',
      sentence: expect.not.stringContaining('--allow tokenizer') as string,
    })
  })

  test('names labels that services rely on and that are missing, whatever is allowed and whoever serves', () => {
    const required = { required: ['__label__other'], allow: ['label-set'] as const }
    for (const active of [before, null])
      expect(judgeContract(after({ labels: ['__label__name'] }), active, required)).toMatchObject({
        outcome: 'failed',
        sentence: 'services rely on __label__other, which it does not have',
      })
  })

  test('of the first version has nothing to be compared with', () => {
    expect(judgeContract(after({}), null, limits)).toMatchObject({
      outcome: 'passed',
      sentence: '2 labels, tokenizer jieba',
    })
  })

  test('with hundreds of new labels names five', () => {
    const labels = Array.from({ length: 300 }, (_, i) => `__label__n${i}`)
    expect(judgeContract(after({ labels }), before, limits).sentence).toContain('__label__n4 and 295 more')
  })

  test('of many labels is compared in milliseconds', () => {
    const labels = Array.from({ length: 300_000 }, (_, index) => `__label__${index}`)
    // Processor time, so that a busy machine does not count.
    const begun = process.cpuUsage()
    const verdict = judgeContract(
      after({ labels: [...labels.slice(1), '__label__new'] }),
      { ...before, labels },
      { ...limits, required: labels },
    )
    const { user, system } = process.cpuUsage(begun)
    expect((user + system) / 1_000).toBeLessThan(3_000)
    expect(verdict.sentence).toMatch(/rely on __label__0, which.*without __label__0, with __label__new/)
  })
})
