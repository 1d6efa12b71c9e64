import fc from 'fast-check'
import { expect, test } from 'vitest'

import { parseJson } from './decode-text.ts'

/** The value, and how often the work could be paused. */
function parse(bytes: Uint8Array): { readonly value: unknown; readonly pauses: number } {
  const work = parseJson(bytes)
  for (let pauses = 0; ; pauses++) {
    const { done, value } = work.next()
    if (done === true) return { value, pauses }
  }
}

const large = 'x'.repeat(16 * 1024 - 40)

test('a large body is parsed as if it were decoded at once, whatever characters its pieces meet in', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.nat({ max: 8 }), (drawn, shift) => {
      // A lone surrogate has no UTF-8.
      const text = Buffer.from(drawn).toString()
      const value = [large + 'y'.repeat(shift) + text + '😀'.repeat(20), text]
      const { value: parsed, pauses } = parse(Buffer.from(JSON.stringify(value)))
      expect(parsed).toEqual(value)
      expect(pauses).toBeGreaterThan(0)
    }),
  )
})

test('bytes that are not UTF-8 are refused wherever they are', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 40_000 }),
      fc.constantFrom([0xff], [0x80, 0x80, 0x80, 0x80, 0x80], [0xe4, 0xbd], [0xf0, 0x9f, 0x98]),
      (place, bad) => {
        const bytes = Buffer.from(JSON.stringify('a'.repeat(41_000)))
        bytes.set(bad, place + 1)
        expect(() => parse(bytes)).toThrow('not valid UTF-8')
      },
    ),
  )
})
