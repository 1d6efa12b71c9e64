import fc from 'fast-check'
import { expect, it } from 'vitest'

import { decodeUtf8, encodeUtf8 } from './utf8.ts'

const encode = (text: string): Uint8Array => {
  const target = new Uint8Array(text.length * 3 + 2)
  return target.slice(2, encodeUtf8(text, target, 2))
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc
    .array(fc.constantFrom('a', 'é', '你', '😀', '\ud83d', '\ude00', '\ufffd'))
    .map((parts) => parts.join('')),
)

it('encodes every text as TextEncoder does, lone surrogates included', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(encode(text)).toEqual(new TextEncoder().encode(text))
    }),
    { numRuns: 2000 },
  )
})

it('decodes what it encoded', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const bytes = encode(text)
      expect(decodeUtf8(bytes, 0, bytes.length)).toBe(text)
    }),
    { numRuns: 2000 },
  )
})

it.each([
  { name: 'a lone continuation', bytes: [0x61, 0x80, 0x62], text: 'a\ufffdb' },
  { name: 'an overlong form', bytes: [0xc0, 0x80], text: '\ufffd\ufffd' },
  { name: 'a cut character', bytes: [0xe4, 0xbd], text: '\ufffd' },
  { name: 'a byte order mark', bytes: [0xef, 0xbb, 0xbf, 0x61], text: '\ufeffa' },
  { name: 'an encoded surrogate', bytes: [0xed, 0xa0, 0x80], text: '\ufffd\ufffd\ufffd' },
  { name: 'a point beyond Unicode', bytes: [0xf4, 0x90, 0x80, 0x80], text: '\ufffd\ufffd\ufffd\ufffd' },
  { name: 'a genuine replacement character', bytes: [0xef, 0xbf, 0xbd, 0x61], text: '\ufffda' },
])('decodes $name', ({ bytes, text }) => {
  expect(decodeUtf8(Uint8Array.from(bytes), 0, bytes.length)).toBe(text)
})
