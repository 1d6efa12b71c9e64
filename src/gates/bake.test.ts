import { describe, expect, test } from 'vitest'

import { findBakeFault, measureShift } from './index.ts'
import type { AnswerFigures } from './index.ts'

const limits = { maxErrorRate: 0.01, p99BudgetMs: 10, maxSlowdown: 3, maxShift: 0.2 }
const usual: AnswerFigures = { answered: 1_000, failed: 0, p99Ms: 8, labels: { name: 100, other: 900 } }
const fault = (part: Partial<AnswerFigures>, backup = usual): string | undefined =>
  findBakeFault({ ...usual, ...part }, backup, limits)

describe('a version that is watched', () => {
  test('may stay when nothing has changed', () => {
    expect(fault({})).toBeUndefined()
    expect(findBakeFault({ answered: 0, failed: 0, p99Ms: null, labels: {} }, usual, limits)).toBeUndefined()
  })

  test('goes when too many answers fail', () => {
    expect(fault({ failed: 10 })).toBeUndefined()
    expect(fault({ failed: 11 })).toBe('11 of 1000 answers failed, 1 % are allowed')
    expect(fault({ answered: 1, failed: 1 })).toContain('1 of 1 answers failed')
  })

  test('goes when it is slow beside the old version, but not for a harmless time or a few answers', () => {
    expect(fault({ p99Ms: 25 })).toBe('the slowest hundredth of its answers took over 25.0 ms, 8.0 ms before')
    expect(fault({ p99Ms: 23 })).toBeUndefined()
    expect(fault({ p99Ms: 9 }, { ...usual, p99Ms: 1 })).toBeUndefined()
    expect(fault({ answered: 100, p99Ms: 80 })).toBeUndefined()
  })

  test('goes when its answers are distributed otherwise', () => {
    expect(fault({ labels: { name: 900, other: 100 } })).toBe(
      'its answers are distributed otherwise: 80 % went from one label to another, 20 % are allowed (p < 0.0001)',
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
})

describe('the shift between two distributions', () => {
  test('is nothing where they are the same, and all where they share no label', () => {
    expect(measureShift({ a: 10, b: 30 }, { a: 100, b: 300 }, 0)).toMatchObject({ share: 0 })
    expect(measureShift({ a: 100 }, { b: 100 }, 0).share).toBe(1)
    expect(measureShift({}, { b: 100 }, 0)).toEqual({ share: 0, chance: 1 })
  })

  // Of 2 × 2 counts 30, 70 and 45, 55 the statistic is 4.8, whose upper tail for one degree of freedom is 0.0285.
  test('has the chance of the chi-square test', () => {
    expect(measureShift({ a: 30, b: 70 }, { a: 45, b: 55 }, 0).chance).toBeCloseTo(0.0285, 2)
  })

  test('is not made of labels that came once', () => {
    const rare = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`l${i}`, 1]))
    const others = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`m${i}`, 1]))
    expect(measureShift({ a: 500, ...rare }, { a: 500, ...others }, 0).chance).toBeGreaterThan(0.001)
  })
})
