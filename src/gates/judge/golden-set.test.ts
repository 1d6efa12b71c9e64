import { describe, expect, test } from 'vitest'

import type { ComparedText } from './compare-answers.ts'
import { compareAnswers } from './compare-answers.ts'
import { judgeGolden } from './golden-set.ts'

const limits = { minAccuracy: 0, margin: 0.02 }

/** So many lines of a label, of which so many are right before and after, and right with one of the two alone. */
type Lines = {
  readonly label: string
  readonly both?: number
  readonly lost?: number
  readonly gained?: number
  readonly none?: number
}

function lines(...all: readonly Lines[]): ComparedText[] {
  return all.flatMap(({ label, both = 0, lost = 0, gained = 0, none = 0 }) => {
    const right = { label, probability: 0.9 }
    const wrong = { label: '__label__wrong', probability: 0.9 }
    const times = (count: number, before: typeof right, after: typeof right): ComparedText[] =>
      Array.from({ length: count }, () => ({ text: 't', truth: [label], before, after }))
    return [
      ...times(both, right, right),
      ...times(lost, right, wrong),
      ...times(gained, wrong, right),
      ...times(none, wrong, wrong),
    ]
  })
}

const judgeLines = (...all: readonly Lines[]) => judgeGolden(compareAnswers(lines(...all)), '1', limits)

describe('a golden set', () => {
  test('stops a version that is worse for a label, with the counts and the chance', () => {
    const verdict = judgeLines({ label: 'a', both: 100, lost: 12 }, { label: 'b', both: 50, gained: 40 })
    expect(verdict).toMatchObject({
      outcome: 'failed',
      sentence: 'worse than 1: a, 112 of 112 right before, 100 now (p = 0.00024)',
    })
  })

  test('is not fooled by a few lost lines: they may be chance', () => {
    const verdict = judgeLines({ label: 'a', both: 6, lost: 4 }, { label: 'b', both: 10 })
    expect(verdict.outcome).toBe('passed')
    expect(verdict.sentence).toBe('16 of 20 right (80 %), 20 by 1: 0 gained, 4 lost')
  })

  test('stops a small label that is lost altogether as soon as that is no chance', () => {
    expect(judgeLines({ label: 'a', lost: 6 }, { label: 'b', both: 6 }).outcome).toBe('failed')
  })

  test('is not fooled by a large set either: a loss within the margin is none, however significant', () => {
    const verdict = judgeLines({ label: 'a', both: 99_000, lost: 900, gained: 100 })
    expect(verdict.outcome).toBe('passed')
  })

  test('sees a loss that is spread over many labels, each too small to tell', () => {
    const spread = Array.from({ length: 10 }, (_, i): Lines => ({ label: `l${i}`, both: 3, lost: 1 }))
    expect(judgeLines(...spread)).toMatchObject({
      outcome: 'failed',
      sentence: expect.stringMatching(
        /^worse than 1: all labels together, 40 of 40 right before, 30/,
      ) as string,
    })
  })

  test('takes one unlucky label among many for chance', () => {
    const many = Array.from({ length: 40 }, (_, i): Lines => ({ label: `l${i}`, both: 50 }))
    expect(judgeLines({ label: 'a', both: 45, lost: 5 }, ...many).outcome).toBe('passed')
  })

  test('says which labels have too few lines to tell', () => {
    expect(judgeLines({ label: 'a', both: 30 }, { label: 'b', both: 1, lost: 2 }).sentence).toMatch(
      /; too few lines to tell: b \(3\)$/,
    )
  })

  test('requires the least accuracy, with and without an active version', () => {
    const comparison = compareAnswers(lines({ label: 'a', both: 80, none: 20 }))
    for (const active of ['1', null])
      expect(judgeGolden(comparison, active, { minAccuracy: 0.9, margin: 0 })).toMatchObject({
        outcome: 'failed',
        sentence: '80 of 100 right (80 %), and 90 % are required',
      })
    expect(judgeGolden(comparison, null, { minAccuracy: 0.8, margin: 0 })).toMatchObject({
      outcome: 'passed',
      sentence: '80 of 100 right (80 %), nothing serves yet to compare with',
    })
  })

  test('without a label fails', () => {
    const comparison = compareAnswers([{ text: 't', truth: [], before: undefined, after: undefined }])
    expect(judgeGolden(comparison, '1', limits)).toMatchObject({
      outcome: 'failed',
      sentence: expect.stringContaining('no labelled line') as string,
    })
  })

  test('of as many labels as there may be says a page, with those first that have lost most', () => {
    const many = Array.from({ length: 20_000 }, (_, i): Lines => {
      const label = `__label__${i}`
      return i < 500 ? { label, lost: 20 + (i % 4) } : { label, both: 1 }
    })
    const verdict = judgeGolden(compareAnswers(lines(...many)), '1', limits, ['__label__0'])
    expect(verdict.outcome).toBe('failed')
    expect(verdict.sentence.length).toBeLessThan(4_000)
    expect(verdict.sentence).toMatch(
      /all labels together, .*?; worse than 1: __label__\d+, 23 of 23 right before, 0 now .* 481 more labels$/,
    )
    expect(JSON.stringify(verdict.figures).length).toBeLessThan(20_000)
    expect(verdict.figures).toMatchObject({ labelCount: 20_000, examples: 500 * 20 + 750 + 19_500 })
  })
})
