import fc from 'fast-check'
import { expect, it } from 'vitest'

import { ngramMultiplier, productHighWord, remainderOfWide } from './wide-arithmetic.ts'

const word = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.constantFrom(0, -1, 2 ** 31 - 1, -(2 ** 31)),
)
const divisor = fc.oneof(
  fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  fc.constantFrom(1, 2, 3, 2_000_000, 2 ** 30, 2 ** 31 - 1),
)

const unsigned = (value: number): bigint => BigInt(value >>> 0)

it('gives the upper word of a product as BigInt does', () => {
  fc.assert(
    fc.property(word, (low) => {
      const exact = (unsigned(low) * BigInt(ngramMultiplier)) >> 32n
      expect(unsigned(productHighWord(low))).toBe(exact)
    }),
    { numRuns: 5000 },
  )
})

it('gives the remainder of a 64-bit number as BigInt does', () => {
  fc.assert(
    fc.property(word, word, divisor, (high, low, by) => {
      const exact = ((unsigned(high) << 32n) | unsigned(low)) % BigInt(by)
      expect(BigInt(remainderOfWide(high, low, by, 1 / by))).toBe(exact)
    }),
    { numRuns: 20_000 },
  )
})

it('gives the remainder of multiples and their neighbours exactly', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 2n ** 33n }),
      divisor,
      fc.constantFrom(-1n, 0n, 1n),
      (times, by, near) => {
        const value = BigInt.asUintN(64, times * BigInt(by) + near)
        const result = remainderOfWide(Number(value >> 32n), Number(value & 0xffffffffn), by, 1 / by)
        expect(BigInt(result)).toBe(value % BigInt(by))
      },
    ),
    { numRuns: 20_000 },
  )
})
