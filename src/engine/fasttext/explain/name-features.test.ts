import fc from 'fast-check'
import { expect, it } from 'vitest'

import { createPrunedBuckets, keepBucket } from '../compiled/pruned-buckets.ts'
import { addWord, appendWordBytes, createVocabularyBuilder } from '../compiled/vocabulary-table.ts'
import { createFeatureBuffers, extractFeatures, type FeatureModel } from '../predict/extract-features.ts'
import { utf8 } from '../testing/model-file-builder.ts'
import { nameFeatures } from './name-features.ts'

const words = ['</s>', 'the', '你', '你好']

function modelOf(options: Partial<FeatureModel>): FeatureModel {
  const vocabulary = createVocabularyBuilder()
  for (const word of [...words, '__label__a', 'own-prefix-b']) {
    const start = vocabulary.wordBytesUsed
    appendWordBytes(vocabulary, utf8(word), 0, utf8(word).length)
    addWord(vocabulary, start)
  }
  const prunedBuckets = createPrunedBuckets(-1)
  return {
    vocabulary,
    prunedBuckets,
    nWords: words.length,
    wordNgrams: 1,
    minn: 0,
    maxn: 0,
    bucket: 9,
    ...options,
  }
}

const token = fc.oneof(
  fc.constantFrom(...words, '__label__a', '__label__x', 'own-prefix-b', '<', '\ud83d', '\u3000'),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
)
const text = fc
  .array(fc.tuple(token, fc.constantFrom(' ', '\t', '\r', '\v', '\f', '\0', '\n')))
  .map((parts) => parts.flat().join(''))
const shape = fc.record({
  wordNgrams: fc.integer({ min: 0, max: 6 }),
  minn: fc.integer({ min: 0, max: 4 }),
  maxn: fc.integer({ min: 0, max: 6 }),
  bucket: fc.integer({ min: 1, max: 2 ** 31 - 1 - words.length }),
})

it('names the rows that a prediction takes, in their order', () => {
  const buffers = createFeatureBuffers()
  fc.assert(
    fc.property(text, shape, (line, chosen) => {
      const model = modelOf(chosen)
      extractFeatures(model, buffers, line)
      expect(nameFeatures(model, line).map(({ row }) => row)).toEqual([
        ...buffers.rows.items.subarray(0, buffers.rows.length),
      ])
    }),
    { numRuns: 1000 },
  )
})

it('names words, their parts and their runs', () => {
  const model = modelOf({ wordNgrams: 2, minn: 2, maxn: 2, bucket: 1000 })
  expect(nameFeatures(model, '你好 的').map(({ kind, text: own }) => `${kind} ${own}`)).toEqual([
    'word 你好',
    'subword <你',
    'subword 你好',
    'subword 好>',
    'subword <的',
    'subword 的>',
    'word </s>',
    'ngram 你好 的',
    'ngram 的 </s>',
  ])
})

it('leaves out what was pruned', () => {
  const prunedBuckets = createPrunedBuckets(5)
  for (let row = 0; row < 5; row++) keepBucket(prunedBuckets, row * 2, row)
  const model = modelOf({ wordNgrams: 2, minn: 1, maxn: 3, bucket: 10, prunedBuckets })
  const buffers = createFeatureBuffers()
  extractFeatures(model, buffers, 'the 你好 house 你')
  const rows = nameFeatures(model, 'the 你好 house 你').map(({ row }) => row)
  expect(rows).toEqual([...buffers.rows.items.subarray(0, buffers.rows.length)])
  expect(rows.length).toBeLessThan(nameFeatures(modelOf({ ...model, prunedBuckets: createPrunedBuckets(-1) }), 'the 你好 house 你').length) // prettier-ignore
})
