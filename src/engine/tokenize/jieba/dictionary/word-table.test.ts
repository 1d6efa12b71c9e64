import fc from 'fast-check'
import { expect, test } from 'vitest'

import { WordTable } from './word-table.ts'

/** With characters beyond U+FFFF that share their first half, and halves alone. */
const words = fc.array(
  fc.tuple(
    fc.array(fc.constantFrom('甲', '乙', 'a', '😀', '😁', '\ud83d', '\ude00'), {
      minLength: 1,
      maxLength: 5,
    }),
    fc.nat(9),
  ),
  { maxLength: 40 },
)

/** The same as jieba keeps it: every word, and every beginning of whole characters. */
function asJieba(lines: readonly (readonly [word: string, frequency: number])[]): Map<string, number> {
  const known = new Map<string, number>()
  for (const [word, frequency] of lines) {
    known.set(word, frequency)
    let beginning = ''
    for (const character of word) {
      beginning += character
      if (!known.has(beginning)) known.set(beginning, 0)
    }
  }
  return known
}

test('knows words and beginnings as a map of strings does', () => {
  fc.assert(
    fc.property(words, (parts) => {
      const lines = parts.map(([characters, frequency]) => [characters.join(''), frequency] as const)
      const known = asJieba(lines)
      const table = new WordTable()
      for (const [word, frequency] of lines) table.set(word, frequency)
      for (const [word] of lines)
        for (let end = 0; end <= word.length; end++)
          expect(table.get(word.slice(0, end))).toBe(known.get(word.slice(0, end)))
      expect(table.get('丙')).toBeUndefined()
      expect(table.differentFrequencies()).toEqual([...new Set([0, ...known.values()])].sort((a, b) => a - b))
      const counts = new Map<number, number>()
      for (const word of known.keys())
        for (let at = 0; at < word.length; at++)
          counts.set(word.charCodeAt(at), (counts.get(word.charCodeAt(at)) ?? 0) + 1)
      expect(new Map([...table.countUnits()].filter(([, count]) => count > 0))).toEqual(counts)
    }),
    { numRuns: 300 },
  )
})
