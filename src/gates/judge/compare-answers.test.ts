import { expect, test } from 'vitest'

import { judgeAgreement } from './agreement.ts'
import type { ComparedText } from './compare-answers.ts'
import { compareAnswers } from './compare-answers.ts'
import { judgeGolden } from './golden-set.ts'

const text = (
  name: string,
  before: [string, number] | undefined,
  after: [string, number] | undefined,
  truth: readonly string[] = [],
): ComparedText => ({
  text: name,
  truth,
  before: before && { label: before[0], probability: before[1] },
  after: after && { label: after[0], probability: after[1] },
})

test('counts changed answers, from which label to which, most surprising first', () => {
  const comparison = compareAnswers([
    text('same', ['a', 0.9], ['a', 0.4]),
    text('unsure', ['a', 0.5], ['b', 0.6]),
    text('sure', ['a', 0.95], ['b', 0.99]),
    text('nothing known any more', ['b', 0.97], undefined),
    text('never known', undefined, undefined),
  ])
  expect(comparison).toMatchObject({
    texts: 5,
    changed: 3,
    transitions: [
      { from: 'a', to: 'b', count: 2 },
      { from: 'b', to: null, count: 1 },
    ],
    truth: undefined,
  })
  expect(comparison.changes.map((change) => change.text)).toEqual([
    'nothing known any more',
    'sure',
    'unsure',
  ])
})

test('counts right answers of each label, a line of two labels for both', () => {
  const { truth } = compareAnswers([
    text('1', ['a', 0.9], ['b', 0.9], ['a']),
    text('2', ['b', 0.9], ['a', 0.9], ['a', 'b']),
    text('3', ['a', 0.9], ['b', 0.9], ['b']),
    text('4', ['a', 0.9], ['b', 0.9]),
  ])
  expect(truth?.all).toEqual({ examples: 3, rightBefore: 2, rightAfter: 2, lost: 1, gained: 1, chance: 0.75 })
  expect(truth?.labels).toMatchObject([
    { label: 'a', examples: 2, rightBefore: 2, rightAfter: 1 },
    { label: 'b', examples: 2, rightBefore: 1, rightAfter: 2 },
  ])
})

test('agreement allows a share of changed answers, and few texts do not prove that it is over', () => {
  const texts = (same: number, changed: number): ComparedText[] => [
    ...Array.from({ length: same }, () => text('t', ['a', 0.9], ['a', 0.9])),
    ...Array.from({ length: changed }, () => text('t', ['a', 0.9], ['b', 0.9])),
  ]
  const judged = (same: number, changed: number) =>
    judgeAgreement(compareAnswers(texts(same, changed)), { maxChanged: 0.2 })
  expect(judged(700, 300)).toMatchObject({
    outcome: 'failed',
    sentence: '300 of 1000 recorded texts are answered differently (30 %), 20 % are allowed: 300 from a to b',
    figures: { texts: 1_000, changed: 300 },
  })
  expect(judged(7, 3).outcome).toBe('passed')
  expect(judged(850, 150)).toMatchObject({
    outcome: 'passed',
    sentence: '150 of 1000 recorded texts are answered differently (15 %)',
  })
})

test('says so where every text gets the same label, or none', () => {
  const same = compareAnswers([
    text('1', ['a', 0.9], ['a', 0.9], ['a']),
    text('2', ['b', 0.9], ['a', 0.9], ['a']),
  ])
  expect(judgeAgreement(same, { maxChanged: 1 }).sentence).toBe(
    '1 of 2 recorded texts are answered differently (50 %); every one of these texts gets a',
  )
  expect(judgeGolden(same, '1', { minAccuracy: 0, margin: 1 }).sentence).toMatch(
    /every one of these texts gets a$/,
  )
  expect(compareAnswers([text('1', undefined, undefined), text('2', undefined, undefined)]).onlyLabel).toBe(
    null,
  )
  const different = compareAnswers([text('1', undefined, ['a', 1]), text('2', undefined, ['b', 1])])
  expect(judgeAgreement(different, { maxChanged: 1 }, 20_000).sentence).toBe(
    '2 of the newest 2 of 20000 recorded texts are answered differently (100 %)',
  )
})
