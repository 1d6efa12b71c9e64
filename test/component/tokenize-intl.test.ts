import { existsSync } from 'node:fs'

import { describe, expect, test } from 'vitest'

import { readTranslatedLines } from '../../harness/models/multilingual-text.ts'
import { createIntlTokenizer } from '../../src/engine/tokenize/index.ts'

const { tokenize } = createIntlTokenizer()
const segmenter = new Intl.Segmenter('zh', { granularity: 'word' })

describe.skipIf(!existsSync('/usr/share/locale'))('the tokenizer intl', () => {
  test('cuts long texts without any white space, of every language that is there, as Intl.Segmenter cuts the whole', () => {
    const languages = Object.entries(readTranslatedLines(400)).flatMap(([language, lines]) => {
      const text = lines.join('').replace(/[\0\t-\r ]/g, '')
      return [
        [language, text.slice(0, 8_000)],
        [`${language}, letters alone`, text.replace(/[\p{P}\p{S}\p{N}a-zA-Z]/gu, '').slice(0, 8_000)],
      ] as const
    })
    const different = languages.filter(([, text]) => {
      const whole = Array.from(segmenter.segment(text), ({ segment }) => segment).join(' ')
      return tokenize(text) !== whole
    })
    expect(different.map(([language]) => language)).toEqual([])
    expect(languages.filter(([, text]) => text.length > 4_000).length).toBeGreaterThan(20)
  })

  test('cuts the longest request in a time that harms no other', () => {
    const text = '，'.repeat(166_000)
    const begunMs = performance.now()
    expect(tokenize(text).length).toBe(2 * text.length - 1)
    // It took 45 s and more when each word cost as much as the text is long.
    expect(performance.now() - begunMs).toBeLessThan(5_000)
  })
})
