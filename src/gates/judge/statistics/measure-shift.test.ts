import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { measureShift } from './measure-shift.ts'

const manyLabels = 1_024

describe('the shift between two distributions', () => {
  test('is nothing where they are the same, and all where they share no label', () => {
    expect(measureShift({ a: 10, b: 30 }, { a: 100, b: 300 }, 0)).toMatchObject({ share: 0 })
    expect(measureShift({ a: 100 }, { b: 100 }, 0).share).toBe(1)
    expect(measureShift({}, { b: 100 }, 0)).toEqual({ share: 0, chance: 1 })
  })

  // Of 2 × 2 counts 30, 70 and 55, 45 the statistic is 12.8, whose upper tail for one degree of freedom is 0.00035.
  test('has the chance of the chi-square test', () => {
    const { chance } = measureShift({ a: 30, b: 70 }, { a: 55, b: 45 }, 0)
    expect(chance).toBeGreaterThan(0.0003)
    expect(chance).toBeLessThan(0.0005)
  })

  test('is not made of labels that came once', () => {
    const rare = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`l${i}`, 1]))
    const others = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`m${i}`, 1]))
    expect(measureShift({ a: 500, ...rare }, { a: 500, ...others }, 0).chance).toBeGreaterThan(0.001)
  })

  /** So many answers of a model with so many labels that they share numbers, of which a share goes to one label. */
  const sampleMany = (seed: number, size: number, oneLabel: number): Record<string, number> => {
    const counts: Record<string, number> = {}
    let state = seed
    // A Weyl sequence through a mixing function.
    const next = (): number => {
      state = (state + 0x9e3779b9) >>> 0
      let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
      mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
      return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
    }
    for (let i = 0; i < size; i++) {
      const label = next() < oneLabel ? 0 : Math.floor(next() * manyLabels)
      counts[label] = (counts[label] ?? 0) + 1
    }
    return counts
  }

  test.each([200, 1_000, 6_000, 20_000])(
    'is not made of many labels that each came a few times: %i answers',
    (size) => {
      for (let seed = 0; seed < 20; seed++) {
        const same = measureShift(sampleMany(seed, size, 0), sampleMany(seed + 1_000, size, 0), 0.25)
        expect(same.share).toBeLessThan(0.05)
        // A little has moved, and surely; the rest of what differs is chance.
        const moved = measureShift(sampleMany(seed, size, 0.06), sampleMany(seed + 1_000, size, 0.01), 0.25)
        expect(moved.share).toBeLessThan(0.1)
        expect(moved.chance).toBeGreaterThan(0.001)
      }
    },
  )

  test('is seen among many labels too where it is more than may be', () => {
    for (let seed = 0; seed < 20; seed++) {
      const { share, chance } = measureShift(
        sampleMany(seed, 2_000, 0.5),
        sampleMany(seed + 1_000, 2_000, 0.01),
        0.25,
      )
      expect(share).toBeGreaterThan(0.4)
      expect(share).toBeLessThan(0.55)
      expect(chance).toBeLessThan(0.001)
    }
  })

  test('is between nothing and all, and the same whatever the labels are called', () => {
    const counts = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), fc.nat(1_000))
    fc.assert(
      fc.property(counts, counts, fc.double({ min: 0, max: 1, noNaN: true }), (before, after, allowed) => {
        const shift = measureShift(before, after, allowed)
        for (const figure of [shift.share, shift.chance]) {
          expect(figure).toBeGreaterThanOrEqual(-1e-9)
          expect(figure).toBeLessThanOrEqual(1 + 1e-9)
        }
        const rename = (own: typeof before): typeof before =>
          Object.fromEntries(Object.entries(own).map(([label, count]) => [`x${label}`, count]))
        expect(measureShift(rename(before), rename(after), allowed)).toEqual(shift)
        expect(measureShift(before, before, allowed).share).toBeLessThan(1e-9)
      }),
    )
  })
})
