import fc from 'fast-check'
import { expect, test } from 'vitest'

import { codeMask, layOutTrie, visitDoubleArray } from './double-array.ts'
import { WordTable } from './word-table.ts'
import type { TrieNodes } from './word-trie.ts'

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
      const table = new WordTable()
      for (const [word, value] of valueOf) table.set(word, value)
      const nodes = table.takeTrie(
        (unit) => unit & codeMask,
        (value) => value,
      )
      const found = new Map<string, number>()
      visitDoubleArray(cellsOf(nodes, codeMask + 1), (path, value) => {
        const word = String.fromCharCode(...path)
        if (value !== 0) found.set(word, value)
        else expect(words.some((other) => other.startsWith(word))).toBe(true)
      })
      expect(found).toEqual(valueOf)
    }),
    { numRuns: 50 },
  )
})

test('of a million nodes gives back every word, and wastes few cells', () => {
  let seed = 7
  const draw = (count: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((seed / 2 ** 32) * count)
  }
  const words = Array.from({ length: 300_000 }, () =>
    String.fromCharCode(...Array.from({ length: 5 }, () => 1 + draw(600))),
  )
  const table = new WordTable()
  for (const word of words) table.set(word, 1)
  const nodes = table.takeTrie(
    (unit) => unit,
    (value) => value,
  )
  expect(nodes.codes.length).toBeGreaterThan(1_000_000)
  const cells = cellsOf(nodes, 602)
  expect(cells.length / 2).toBeLessThan(1.05 * nodes.codes.length)
  const isFound = (word: string): boolean => {
    let at = 0
    for (let i = 0; i < word.length; i++) {
      const code = word.charCodeAt(i)
      const next = (cells[2 * at] as number) + code
      if (((cells[2 * next + 1] as number) & codeMask) !== code) return false
      at = next
    }
    return (cells[2 * at + 1] as number) >>> 15 === 1
  }
  expect(words.filter((word) => !isFound(word))).toEqual([])
})

function cellsOf(nodes: TrieNodes, codeCount: number): Int32Array {
  const { cellCount, write } = layOutTrie(nodes, codeCount)
  const cells = new Int32Array(2 * cellCount)
  write(cells)
  return cells
}
