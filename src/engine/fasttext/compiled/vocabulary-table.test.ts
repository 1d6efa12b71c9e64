import fc from 'fast-check'
import { expect, it } from 'vitest'

import { fnvHash } from '../predict/fnv.ts'
import { utf8 } from '../testing/model-file-builder.ts'
import {
  addWord,
  appendWordBytes,
  createVocabularyBuilder,
  findWord,
  type VocabularyTable,
} from './vocabulary-table.ts'

function add(builder: ReturnType<typeof createVocabularyBuilder>, word: string): ReturnType<typeof addWord> {
  const bytes = utf8(word)
  const start = builder.wordBytesUsed
  appendWordBytes(builder, bytes, 0, bytes.length)
  return addWord(builder, start)
}

function find(table: VocabularyTable, word: string): number {
  const bytes = utf8(word)
  return findWord(table, bytes, 0, bytes.length, fnvHash(bytes, 0, bytes.length))
}

const words = fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1 }), { maxLength: 300 })

it('finds every word under its number and no other word', () => {
  fc.assert(
    fc.property(words, fc.string({ unit: 'grapheme' }), (known, other) => {
      const builder = createVocabularyBuilder()
      expect(known.map((word) => add(builder, word))).toEqual(known.map(() => 'added'))
      expect(known.map((word) => find(builder, word))).toEqual(known.map((_, id) => id))
      expect(find(builder, other)).toBe(known.indexOf(other))
    }),
  )
})

it('refuses a word that it has', () => {
  const builder = createVocabularyBuilder()
  expect([add(builder, '你好'), add(builder, 'bye'), add(builder, '你好')]).toEqual([
    'added',
    'added',
    'duplicate',
  ])
})

it('tells words of the same hash apart', () => {
  // Both have the FNV-1a hash 0x4da0fdaf (a published collision).
  const builder = createVocabularyBuilder()
  const [one, two] = ['costarring', 'liquid']
  expect(fnvHash(utf8(one), 0, one.length)).toBe(fnvHash(utf8(two), 0, two.length))
  expect([add(builder, one), add(builder, two)]).toEqual(['added', 'added'])
  expect([find(builder, one), find(builder, two)]).toEqual([0, 1])
})

it('gives up on a damaged table without an empty slot', () => {
  const slots = new Uint32Array(16).fill(7)
  expect(find({ slots, wordBytes: new Uint8Array(8) }, 'word')).toBe(-1)
})

it('refuses words that were chosen to crowd one place', () => {
  // Hashes that agree in the upper eight of their lowest twelve bits crowd sixteen slots, as long as there are few words.
  const builder = createVocabularyBuilder()
  const results: string[] = []
  for (let i = 0; results.at(-1) !== 'crowded' && i < 900_000; i++) {
    const word = utf8(i.toString(36))
    if ((fnvHash(word, 0, word.length) & 0xff0) !== 0) continue
    results.push(add(builder, i.toString(36)))
  }
  expect(results.slice(0, -1).every((result) => result === 'added')).toBe(true)
  expect(results.at(-1)).toBe('crowded')
})
