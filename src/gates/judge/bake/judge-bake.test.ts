import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { describeBake } from './describe-bake.ts'
import type { AnswerFigures } from './figures.ts'
import { judgeBake } from './judge-bake.ts'
import { numberOfLabel } from './label-tally.ts'

const limits = { maxErrorRate: 0.01, p99BudgetMs: 10, maxSlowdown: 3, maxShift: 0.2 }

type Figures = Omit<AnswerFigures, 'labels'> & { readonly labels: Readonly<Record<string, number>> }
const usual: Figures = { answered: 1_000, failed: 0, p99Ms: 8, labels: { name: 100, other: 900 } }

const figuresOf = ({ labels, ...figures }: Figures): AnswerFigures => ({
  ...figures,
  labels: {
    isShared: false,
    counts: Object.entries(labels).map(([label, count]) => [numberOfLabel(label), count]),
  },
})
const checks = (after: Partial<Figures>, before: Partial<Figures> = {}, isWayBack = false) =>
  judgeBake(figuresOf({ ...usual, ...after }), figuresOf({ ...usual, ...before }), limits, { isWayBack })
const fault = (...figures: Parameters<typeof checks>): string | undefined =>
  checks(...figures).find(({ outcome }) => outcome === 'failed')?.sentence
const outcomes = (...figures: Parameters<typeof checks>): string[] =>
  checks(...figures).map(({ outcome }) => outcome)

describe('a version that is watched', () => {
  test('has passed when nothing has changed', () => {
    expect(checks({})).toMatchObject([
      { check: 'failures', outcome: 'passed', sentence: '0 of 1000 answers failed, 0 of 1000 before' },
      { check: 'latency', outcome: 'passed', sentence: 'p99 8.0 ms, 8.0 ms before' },
      { check: 'labels', outcome: 'passed', sentence: '0 % went from one label to another' },
    ])
  })

  test('goes when more answers fail than may, and than failed before', () => {
    expect(fault({ failed: 10 })).toBeUndefined()
    expect(fault({ failed: 25 })).toBe(
      '25 of 1000 answers failed, 1 % are allowed, 0 of 1000 before (p < 0.0001)',
    )
    expect(fault({ failed: 25 }, { failed: 25 })).toBeUndefined()
    expect(fault({ failed: 25 }, { answered: 20_000, failed: 500 })).toBeUndefined()
    expect(fault({ failed: 70 }, { failed: 25 })).toContain('70 of 1000 answers failed')
  })

  test('does not go for one failure among the first answers, nor for what is no more than may', () => {
    expect(fault({ answered: 1, failed: 1 })).toBeUndefined()
    expect(fault({ answered: 99, failed: 1 })).toBeUndefined()
    expect(fault({ answered: 99, failed: 2 })).toBeUndefined()
    expect(fault({ answered: 250, failed: 3 })).toBeUndefined()
  })

  test('goes when all of few answers fail, also where the version before was asked little', () => {
    expect(fault({ answered: 3, failed: 3 })).toContain('3 of 3 answers failed')
    expect(fault({ answered: 3, failed: 3 }, { answered: 2 })).toContain('3 of 3 answers failed')
    expect(fault({ answered: 3, failed: 3 }, { answered: 0 })).toContain(
      '3 of 3 answers failed, 1 % are allowed (p',
    )
    expect(fault({ answered: 0, failed: 4 })).toContain('4 of 4 answers failed')
  })

  test('goes when it is slow beside the old version, but not for a harmless time or a few answers', () => {
    expect(fault({ p99Ms: 25 })).toBe('the slowest hundredth of its answers took over 25.0 ms, 8.0 ms before')
    expect(fault({ p99Ms: 23 })).toBeUndefined()
    expect(fault({ p99Ms: 9 }, { p99Ms: 1 })).toBeUndefined()
    expect(fault({ answered: 100, p99Ms: 80 })).toBeUndefined()
  })

  test('goes when its answers are distributed differently', () => {
    expect(fault({ labels: { name: 900, other: 100 } })).toBe(
      'its answers are distributed differently: 80 % went from one label to another, 20 % are allowed (p < 0.0001)',
    )
    expect(fault({ labels: { name: 250, other: 750 } })).toBeUndefined()
    expect(fault({ labels: { name: 3, other: 1 } })).toBeUndefined()
  })

  test('may stay where few answers seem to have moved a little more than is allowed', () => {
    // 22 % seem to have moved, and 20 % may; 17 % to 27 % would not be rare where 20 % have.
    expect(fault({ labels: { name: 32, other: 68 } })).toBeUndefined()
    expect(fault({ labels: { name: 3_200, other: 6_800 } })).toBeUndefined()
    expect(fault({ labels: { name: 50, other: 50 } })).toContain('40 % went from one label to another')
  })

  test('is not called compared where too little was answered, now or before', () => {
    const quiet = checks({ answered: 12, labels: { name: 1, other: 11 } })
    expect(quiet.map(({ outcome }) => outcome)).toEqual(['skipped', 'skipped', 'skipped'])
    expect(quiet.map(({ sentence }) => sentence)).toEqual([
      'not compared: 12 answers, 200 are needed',
      'not compared: 12 answers, 200 are needed',
      'not compared: 12 answers, 200 are needed',
    ])
    expect(checks({}, { answered: 12, labels: {} })[1]?.sentence).toBe(
      'not compared: 12 answers before, 200 are needed',
    )
    expect(checks({}, { labels: {} })[2]?.sentence).toBe(
      'not compared: 0 answers with a label before, 200 are needed',
    )
    expect(checks({ answered: 500, labels: { name: 1 } })[2]?.sentence).toBe(
      'not compared: 1 answer with a label, 200 are needed',
    )
    expect(outcomes({ answered: 0, p99Ms: null, labels: {} })).toEqual(['skipped', 'skipped', 'skipped'])
  })

  test('is not called compared by its labels if no worker can tell them, as those of an older build', () => {
    const cannot = { ...figuresOf(usual), labels: undefined }
    for (const [after, before] of [
      [cannot, figuresOf(usual)],
      [figuresOf(usual), cannot],
    ] as const)
      expect(judgeBake(after, before, limits, { isWayBack: false })[2]).toMatchObject({
        check: 'labels',
        outcome: 'skipped',
        sentence: 'not compared: no worker tells which labels it gave; those of an older build cannot',
      })
    const nothing = { answered: 0, failed: 0, p99Ms: null, labels: undefined }
    expect(judgeBake(figuresOf(usual), nothing, limits, { isWayBack: false })[2]?.sentence).toBe(
      'not compared: 0 answers with a label before, 200 are needed',
    )
  })

  test('says in one line what was compared', () => {
    const describe = (...figures: Parameters<typeof checks>): string =>
      describeBake({ answered: 12, failed: 0, checks: checks(...figures) })
    expect(describe({})).toBe(
      '12 answers, 0 failed; p99 8.0 ms, 8.0 ms before; 0 % went from one label to another',
    )
    expect(describe({ answered: 12, labels: {} })).toBe(
      '12 answers, 0 failed; not compared: 12 answers, 200 are needed',
    )
    expect(describe({}, {}, true)).toBe(
      '12 answers, 0 failed; latency, labels not compared: a way back is judged by its failures alone',
    )
  })
})

describe('whatever is answered,', () => {
  const count = fc.integer({ min: 0, max: 30_000 })
  const figures = fc
    .record({
      answered: count,
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      p99Ms: fc.option(fc.double({ min: 0.01, max: 10_000, noNaN: true })),
      labels: fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), count), { maxLength: 20 }),
      isShared: fc.boolean(),
    })
    .map(({ answered, share, p99Ms, labels, isShared }): AnswerFigures => {
      const failed = Math.floor(answered * share)
      return { answered, failed, p99Ms, labels: { isShared, counts: [...new Map(labels)] } }
    })
  const judge = (after: AnswerFigures, before: AnswerFigures, isWayBack = false) =>
    judgeBake(after, before, limits, { isWayBack })

  test('a way back is judged by its failures alone, and as strictly as a deploy', () => {
    fc.assert(
      fc.property(figures, figures, (after, before) => {
        const [failures, ...others] = judge(after, before, true)
        expect(others.map(({ outcome }) => outcome)).toEqual(['skipped', 'skipped'])
        expect(failures).toEqual(judge(after, before)[0])
      }),
    )
  })

  test('a version that fails no more often than the one before it, or than may, or twice, does not go for that', () => {
    fc.assert(
      fc.property(figures, figures, (after, before) => {
        const isHarmless =
          after.failed < 3 ||
          after.failed <= limits.maxErrorRate * after.answered ||
          (before.answered >= 200 && after.failed * before.answered <= before.failed * after.answered)
        if (isHarmless) expect(judge(after, before)[0]?.outcome).not.toBe('failed')
      }),
    )
  })

  test('one failure more never makes a version that goes one that stays', () => {
    fc.assert(
      fc.property(figures, figures, (after, before) => {
        if (judge(after, before)[0]?.outcome !== 'failed') return
        const worse = { ...after, failed: Math.min(after.answered, after.failed + 1) }
        expect(judge(worse, before)[0]?.outcome).toBe('failed')
      }),
    )
  })

  test('what is called passed was compared on enough answers', () => {
    fc.assert(
      fc.property(figures, figures, (after, before) => {
        const [failures, latency, labels] = judge(after, before)
        if (failures?.outcome === 'passed') expect(after.answered).toBeGreaterThanOrEqual(200)
        if (latency?.outcome === 'passed')
          expect(Math.min(after.answered, before.answered)).toBeGreaterThanOrEqual(200)
        const size = ({ labels }: AnswerFigures): number =>
          (labels?.counts ?? []).reduce((sum, [, count]) => sum + count, 0)
        if (labels?.outcome === 'passed')
          expect(Math.min(size(after), size(before))).toBeGreaterThanOrEqual(200)
      }),
    )
  })

  test('chances are chances', () => {
    fc.assert(
      fc.property(figures, figures, (after, before) => {
        for (const { figures } of judge(after, before)) {
          const { chance = 0 } = figures as { chance?: number }
          expect(chance).toBeGreaterThanOrEqual(0)
          expect(chance).toBeLessThanOrEqual(1)
        }
      }),
    )
  })
})
