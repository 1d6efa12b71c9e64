import { timingSafeEqual } from 'node:crypto'

import { expect, test } from 'vitest'

import { digestToken } from '../../credentials/index.ts'
import { findToken, readBearer } from './find-token.ts'

const texts = ['a'.repeat(32), `${'a'.repeat(31)}b`, 'c'.repeat(64)]
const tokens = texts.map((text, place) => ({
  name: `n${place}`,
  right: 'look' as const,
  digest: digestToken(text),
}))

test.each(texts)('%s is found', (text) => {
  expect(findToken(tokens, text)?.name).toBe(`n${texts.indexOf(text)}`)
})

test.each([...texts, '', 'a', 'a'.repeat(33), 'x'.repeat(100_000)])(
  'every token is compared, in full and once, whatever was sent: %s',
  (sent) => {
    const lengths: number[][] = []
    const found = findToken(tokens, sent, (a, b) => {
      lengths.push([a.length, b.length])
      return timingSafeEqual(a, b)
    })
    expect(lengths).toEqual(tokens.map(() => [32, 32]))
    expect(found !== undefined).toBe(texts.includes(sent))
  },
)

test('a bearer token is read from its header', () => {
  expect(readBearer('Bearer abc')).toBe('abc')
  expect(readBearer('bearer  abc ')).toBe('abc')
  expect(readBearer(undefined)).toBeUndefined()
  expect(readBearer('Basic abc')).toBeUndefined()
  expect(readBearer('Bearer')).toBeUndefined()
  expect(readBearer('Bearer a b')).toBeUndefined()
})
