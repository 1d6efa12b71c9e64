import fc from 'fast-check'
import { expect, it } from 'vitest'

import { createPrunedBuckets, keepBucket } from '../compiled/pruned-buckets.ts'
import { addWord, appendWordBytes, createVocabularyBuilder } from '../compiled/vocabulary-table.ts'
import { utf8 } from '../testing/model-file-builder.ts'
import {
  createFeatureBuffers,
  extractFeatures,
  type FeatureModel,
  shrinkBuffers,
} from './extract-features.ts'

const words = ['</s>', 'the', '你', '你好', 'plain__word']
const labels = ['__label__a', 'own-prefix-b']
const nWords = words.length

function modelOf(options: Partial<Omit<FeatureModel, 'vocabulary' | 'nWords'>>): FeatureModel {
  const vocabulary = createVocabularyBuilder()
  for (const word of [...words, ...labels]) {
    const start = vocabulary.wordBytesUsed
    appendWordBytes(vocabulary, utf8(word), 0, utf8(word).length)
    addWord(vocabulary, start)
  }
  const prunedBuckets = createPrunedBuckets(-1)
  return {
    vocabulary,
    prunedBuckets,
    nWords: nWords,
    wordNgrams: 1,
    minn: 0,
    maxn: 0,
    bucket: 0,
    ...options,
  }
}

const buffers = createFeatureBuffers()

function rowsOf(model: FeatureModel, text: string): number[] {
  extractFeatures(model, buffers, text)
  return Array.from(buffers.rows.items.subarray(0, buffers.rows.length))
}

/** The same features, written the slow and plain way with strings of bytes and BigInt. */
function plainRows(model: FeatureModel, text: string): number[] {
  const rows: number[] = []
  const hashes: bigint[] = []
  for (const token of plainTokens(text)) {
    const id = [...words, ...labels].map(toBytes).indexOf(token)
    if (id >= nWords || (id < 0 && token.startsWith('__label__'))) continue
    if (id >= 0) rows.push(id)
    if (token !== '</s>' && model.maxn > 0) rows.push(...plainSubwords(model, `<${token}>`))
    hashes.push(BigInt.asIntN(32, plainHash(token)))
  }
  for (const [i, first] of hashes.entries()) {
    let hash = BigInt.asUintN(64, first)
    for (const next of hashes.slice(i + 1, i + Math.max(1, model.wordNgrams))) {
      hash = BigInt.asUintN(64, hash * 116049371n + next)
      rows.push(nWords + Number(hash % BigInt(model.bucket)))
    }
  }
  return rows
}

const toBytes = (text: string): string => String.fromCharCode(...utf8(text))

function plainTokens(text: string): string[] {
  const tokens = toBytes(text).split(/[ \t\n\v\f\r\0]+/)
  return [...tokens.filter((token) => token !== '' && token !== '</s>'), '</s>']
}

function plainSubwords(model: FeatureModel, word: string): number[] {
  const characters = word.match(/[^\x80-\xbf][\x80-\xbf]*/g) ?? []
  return characters.flatMap((_, from) =>
    Array.from({ length: Math.min(model.maxn, characters.length - from) }, (_, i) => i + 1)
      .filter((n) => n >= model.minn && !(n === 1 && (from === 0 || from === characters.length - 1)))
      .map((n) => plainHash(characters.slice(from, from + n).join('')))
      .map((hash) => nWords + Number(hash % BigInt(model.bucket))),
  )
}

function plainHash(bytes: string): bigint {
  let hash = 2166136261n
  for (const byte of bytes) {
    const extended = BigInt.asUintN(32, BigInt.asIntN(8, BigInt(byte.charCodeAt(0))))
    hash = BigInt.asUintN(32, (hash ^ extended) * 16777619n)
  }
  return hash
}

const token = fc.oneof(
  fc.constantFrom(...words, ...labels, '__label__x', '__label__', '<', '>', '\u00a0', '\u3000', '\ud83d'),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
)
const text = fc
  .array(fc.tuple(token, fc.constantFrom(' ', '  ', '\t', '\r', '\v', '\f', '\0', '\n')))
  .map((parts) => parts.flat().join(''))
const options = fc.record({
  wordNgrams: fc.integer({ min: 0, max: 6 }),
  minn: fc.integer({ min: 0, max: 4 }),
  maxn: fc.integer({ min: 0, max: 6 }),
  bucket: fc.integer({ min: 1, max: 2 ** 31 - 1 - nWords }),
})

it('gives the features of the plain method for any text and any model', () => {
  fc.assert(
    fc.property(text, options, (line, chosen) => {
      const model = modelOf(chosen)
      expect(rowsOf(model, line)).toEqual(plainRows(model, line))
    }),
    { numRuns: 2000 },
  )
})

it('ends the text with </s>', () => {
  expect(rowsOf(modelOf({}), 'the 你好')).toEqual([1, 3, 0])
  expect(rowsOf(modelOf({}), '')).toEqual([0])
})

it.each(['the\n你', 'the\r\n你', 'the </s> 你', '</s>\n the\n\n</s>\n你\n', ' the\0你'])(
  'reads all of the text %j as one line',
  (line) => {
    expect(rowsOf(modelOf({}), line)).toEqual([1, 2, 0])
  },
)

it('skips labels, stored or not, and words it does not know', () => {
  expect(rowsOf(modelOf({}), '__label__a own-prefix-b __label__new unknown the plain__word')).toEqual([
    1, 4, 0,
  ])
})

it('does not take Unicode spaces for white space', () => {
  expect(rowsOf(modelOf({}), 'the\u3000你 the\u00a0')).toEqual([0])
})

it('handles an utterance of a megabyte, as one token and as many', () => {
  const model = modelOf({ wordNgrams: 3, minn: 2, maxn: 4, bucket: 1000 })
  const characters = 350_000
  expect(rowsOf(model, '语'.repeat(characters))).toHaveLength(
    1 + (characters + 1) + characters + (characters - 1) + 1,
  )
  expect(rowsOf(modelOf({ wordNgrams: 2, bucket: 9 }), 'the '.repeat(characters))).toHaveLength(
    2 * characters + 1,
  )
  expect(rowsOf(model, '')).toEqual([0])
})

it('keeps the n-grams of a pruned model only where their buckets were kept', () => {
  const shape = { wordNgrams: 2, minn: 1, maxn: 3, bucket: 40 }
  const text = 'the 你好 house 你 the'
  const prunedBuckets = createPrunedBuckets(20)
  // Every even bucket was kept, in reverse order.
  for (let bucket = 0; bucket < 40; bucket += 2) keepBucket(prunedBuckets, bucket, 19 - bucket / 2)
  const expected = rowsOf(modelOf(shape), text).flatMap((row) => {
    if (row < nWords) return [row]
    const bucket = row - nWords
    return bucket % 2 === 0 ? [nWords + 19 - bucket / 2] : []
  })
  expect(expected.length).toBeGreaterThan(10)
  expect(rowsOf(modelOf({ ...shape, prunedBuckets }), text)).toEqual(expected)
})

it('has no n-grams where all buckets were pruned', () => {
  const model = modelOf({
    wordNgrams: 3,
    minn: 1,
    maxn: 3,
    bucket: 40,
    prunedBuckets: createPrunedBuckets(0),
  })
  expect(rowsOf(model, 'the house 你')).toEqual([1, 2, 0])
})

it('gives back what only a long text needed, and keeps what every text needs', () => {
  const own = createFeatureBuffers()
  const model = modelOf({ wordNgrams: 100, bucket: 1_000 })
  extractFeatures(model, own, 'the '.repeat(10_000))
  expect(own.rows.items.byteLength).toBeGreaterThan(3_000_000)
  shrinkBuffers(own)
  expect(own.rows.items.byteLength + own.hashes.items.byteLength + own.bytes.byteLength).toBeLessThan(4_096)
  const { rows, bytes } = own
  extractFeatures(model, own, 'the 你好')
  shrinkBuffers(own)
  expect([own.rows, own.bytes]).toEqual([rows, bytes])
  expect(own.rows).toBe(rows)
})
