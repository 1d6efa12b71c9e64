import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildDoubleArray, CODE_MASK, visitDoubleArray } from './double-array.ts'
import { buildTrie } from './word-trie.ts'

const wordLists = fc.uniqueArray(
  fc.string({
    minLength: 1,
    maxLength: 6,
    unit: fc.constantFrom('a', 'b', 'c', 'd', 'x', 'y', 'z', '\u7fff'),
  }),
  {
    maxLength: 60,
  },
)

test('gives back every word with its value, and nothing else but beginnings of words', () => {
  fc.assert(
    fc.property(wordLists, (words) => {
      const valueOf = new Map(words.map((word, index) => [word, index + 1]))
      const nodes = buildTrie(
        words,
        (unit) => unit & CODE_MASK,
        (word) => valueOf.get(word) ?? 0,
      )
      const found = new Map<string, number>()
      visitDoubleArray(buildDoubleArray(nodes, CODE_MASK + 1), (path, value) => {
        const word = String.fromCharCode(...path)
        if (value !== 0) found.set(word, value)
        else expect(words.some((other) => other.startsWith(word))).toBe(true)
      })
      expect(found).toEqual(valueOf)
    }),
    { numRuns: 50 },
  )
})
