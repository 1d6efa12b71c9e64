import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { PythonTokenizer } from '../../harness/python-jieba.ts'
import { missingPythonJieba, readInstalledTexts, wordsInPython } from '../../harness/python-jieba.ts'
import { openTokenizerWith } from '../../src/store/index.ts'
import type { Draw } from '../support/jieba-texts.ts'
import { createDraw, generateText, mixWords } from '../support/jieba-texts.ts'

const folder = mkdtempSync(join(tmpdir(), 'changeover-tokenize-options-'))
afterAll(() => rmSync(folder, { recursive: true }))

let fileCount = 0

function write(content: string | Uint8Array): string {
  const path = join(folder, `${++fileCount}.txt`)
  writeFileSync(path, content)
  return path
}

/** The same tokenizer as Python's. */
function open({ mainDictionary, userDictionaries = [], hmm = true, stopWords = [] }: PythonTokenizer) {
  return openTokenizerWith({
    tokenizer: 'jieba',
    ...(mainDictionary === undefined ? {} : { mainDictionary: write(mainDictionary) }),
    userDictionaries: userDictionaries.map(write),
    hmm,
    stopWords: stopWords.map(write),
  })
}

/** The texts that are not cut as Python cuts them, the first ten with both cuts. */
function differences(texts: readonly string[], python: PythonTokenizer): unknown[] {
  const { cut, tokenize } = open(python)
  const expected = wordsInPython(texts, python)
  expect(expected).toHaveLength(texts.length)
  return texts
    .map((text, at) => ({ text, ours: cut(text), joined: tokenize(text), theirs: expected[at] ?? [] }))
    .filter(
      ({ ours, joined, theirs }) => ours.join('\0') !== theirs.join('\0') || joined !== theirs.join(' '),
    )
    .slice(0, 10)
}

function shuffle<T>(draw: Draw, items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, key: draw(2 ** 31) }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)
}

const handMade = [
  '\ufeff云计算 5 n',
  '云计算 7 n\r',
  '李小福 0 nr',
  '专业 3 n',
  '专业 300 n',
  '专业不同 0 n',
  '  学费 12 n  ',
  '学费 11',
  '一 99999999 m',
  '一样 2',
  'C++ 9 eng',
  'QQ 3 eng more fields',
  'v2.0 4',
  '您 1',
  '贵姓 007',
  '学\u3000费 8',
  '𠮷野家 6',
].join('\n')

const handMadeTexts = [
  '云计算专业不同，学时学费也不一样，您贵姓？',
  '李小福学C++和QQ号v2.0，vv2.0，a1b2，3.14%，C+++',
  '一一一样一一样样 一\r\n样\ufeff云计算',
  '学\u3000费学费𠮷野家😀专业专业不同不同',
  'abc 1 2 3 a-b.c_d x',
  '',
]

describe.skipIf(missingPythonJieba !== undefined)(
  `jieba with options is Python's jieba with them${missingPythonJieba ? ` (${missingPythonJieba})` : ''}`,
  () => {
    let words: string[]
    let texts: string[]
    beforeAll(() => {
      const { words: known = [], ...installed } = readInstalledTexts(2_000)
      const draw = createDraw(20_261_127)
      words = known
      texts = [
        ...Object.values(installed).flat(),
        ...Array.from({ length: 3_000 }, () => mixWords(draw, known)),
        ...Array.from({ length: 4_000 }, () => generateText(draw)),
        ...handMadeTexts,
      ]
    })

    test('HMM off', () => {
      expect(differences(texts, { hmm: false })).toEqual([])
      const [on, off] = [open({}), open({ hmm: false })]
      expect(texts.filter((text) => on.tokenize(text) !== off.tokenize(text)).length).toBeGreaterThan(1_000)
    })

    test('HMM off, with words added, some of them to be split', () => {
      const userDictionaries = ['专业不同 0\n学时学费\nAI4S模型 nz\n· 3\n台中 0\nab 4\n']
      expect(
        differences([...texts.slice(0, 3_000), ...handMadeTexts], { userDictionaries, hmm: false }),
      ).toEqual([])
    })

    test.each([true, false])('a small main dictionary as it is, HMM %s', (hmm) => {
      const some = [...handMadeTexts, ...texts.slice(-4_000)]
      expect(differences(some, { mainDictionary: handMade, hmm })).toEqual([])
      expect(differences(some, { mainDictionary: `${handMade}\n`, hmm })).toEqual([])
      const userDictionaries = ['\ufeff李小福 0\n专业课\nQQ号 5 n\n', '云\n学费 0\n']
      expect(differences(some, { mainDictionary: handMade, userDictionaries, hmm })).toEqual([])
    })

    test.each([true, false])('a main dictionary out of 350,000 words, HMM %s', (hmm) => {
      const draw = createDraw(hmm ? 7 : 8)
      const characters = Array.from({ length: 4_000 }, (_, at) => String.fromCharCode(0x4e00 + at))
      const invented = Array.from({ length: 350_000 }, (_, at) =>
        [at * 7_919, at * 104_729 + 1, at * 31, at]
          .slice(0, 2 + (at % 3))
          .map((mix) => characters[mix % characters.length])
          .join(''),
      )
      const lines = shuffle(draw, [...words, ...invented]).map((word) => `${word} ${draw(5_000)} n`)
      const some = [
        ...texts.filter((_, at) => at % 5 === 0),
        ...invented.slice(0, 1_000).map((word) => `${word}是`),
      ]
      expect(differences(some, { mainDictionary: lines.join('\n'), hmm })).toEqual([])
    })

    test.each(Array.from({ length: 8 }, (_, seed) => seed))(
      'random words over few characters: %i',
      (seed) => {
        const draw = createDraw(seed + 1)
        const alphabet = Array.from('甲乙丙丁ab1.-')
        const word = (most: number): string =>
          Array.from({ length: 1 + draw(most) }, () => alphabet[draw(alphabet.length)]).join('')
        const mainDictionary = Array.from({ length: 60 }, () => `${word(4)} ${draw(3) * draw(40)}`).join(
          '\r\n',
        )
        const userDictionaries = [
          Array.from({ length: 8 }, () => `${word(4)}${draw(2) === 0 ? '' : ` ${draw(2) * 9} n`}`).join('\n'),
        ]
        const stopWords = [Array.from({ length: 6 }, () => word(2)).join('\n')]
        const some = Array.from({ length: 500 }, () => `${word(12)}${draw(4) === 0 ? ' ' : ''}${word(12)}`)
        const hmm = seed % 2 === 0
        expect(differences(some, { mainDictionary, userDictionaries, hmm, stopWords })).toEqual([])
      },
    )

    test('stop words, as courses read and leave them out', () => {
      const draw = createDraw(3)
      const stopWords = [
        '\n的\r\n 了\t\r是\n\n\u00a0不\u3000\n，\n\u2028。\n？\n  \n\u001c也\u0085\nQQ\n的 是\n在\ufeff',
        shuffle(draw, words).slice(0, 800).join('\n'),
      ]
      expect(differences(texts, { stopWords })).toEqual([])
      expect(differences(texts.slice(0, 3_000), { stopWords, hmm: false })).toEqual([])
      expect(differences(handMadeTexts, { stopWords: ['', '\n\n'] })).toEqual([])
      expect(open({ stopWords }).tokenize('您的QQ，了。')).toBe('您')
    })

    test.each([
      ['a blank line', '专业 3\n\n学费 4\n', 'Line 2'],
      ['a blank line at the end', '专业 3\n\n', 'Line 2'],
      ['a word without a frequency', '专业 3\n学费\n', 'Line 2'],
      ['a tab', '专业\t3\n', 'Line 1'],
      ['two spaces', '专业  3\n', 'Line 1'],
      ['a fraction', '专业 3.5\n', 'Line 1'],
      ['a tag in the place of the frequency', '专业 n 3\n', 'Line 1'],
      ['nothing', '', 'no word of a frequency above 0'],
      ['no frequency above 0', '专业 0\n', 'no word of a frequency above 0'],
      ['negative frequencies', '专业 -3\n', 'Line 1'],
    ])('a main dictionary with %s is refused by both', (_what, mainDictionary, message) => {
      expect(() => open({ mainDictionary })).toThrow(
        expect.objectContaining({
          code: 'user_dictionary_invalid',
          message: expect.stringContaining(message) as string,
        }),
      )
      expect(() => wordsInPython(['专业学费'], { mainDictionary })).toThrow(/ValueError/)
    })

    test('a word without a frequency after a main dictionary that gives none is refused by both', () => {
      const python = { mainDictionary: '专业 0\n', userDictionaries: ['专业课\n'] }
      expect(() => open(python)).toThrow(/2?\d+\.txt: “专业课” has no frequency/)
      expect(() => wordsInPython(['专业'], python)).toThrow(/ValueError/)
      const given = { mainDictionary: '专业 0\n', userDictionaries: ['专业课 5\n'] }
      expect(differences(['专业课专业'], given)).toEqual([])
    })
  },
)

test.each([
  [
    'a main dictionary that is not UTF-8',
    'mainDictionary',
    'user_dictionary_invalid',
    /main dictionary .* not UTF-8/,
  ],
  ['stop words that are not UTF-8', 'stopWords', 'stop_words_invalid', /list of stop words .* not UTF-8/],
] as const)('%s is refused by name', (_what, option, code, message) => {
  const file = write(Buffer.from([0xb9, 0xf3, 0x0a]))
  const value = option === 'stopWords' ? { stopWords: [file] } : { mainDictionary: file }
  expect(() => openTokenizerWith({ tokenizer: 'jieba', ...value })).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) as string }),
  )
})

test.each(['1_000', '+5', '５', '99999999999999999999'])(
  'a frequency that Python takes and nobody writes, %s, is refused by file and line',
  (frequency) => {
    const mainDictionary = write(`专业 3\n学费 ${frequency}\n`)
    expect(() => openTokenizerWith({ tokenizer: 'jieba', mainDictionary })).toThrow(
      /\d+\.txt: Line 2 .*frequency/,
    )
  },
)

test('stop words with a byte order mark are refused: whether Python takes it for a part of a word is not known', () => {
  const stopWords = [write('的\n'), write('\ufeff了\n是\n')]
  expect(() => openTokenizerWith({ tokenizer: 'characters', stopWords })).toThrow(
    expect.objectContaining({
      code: 'stop_words_invalid',
      message: expect.stringMatching(/^\d+\.txt: The list begins with a byte order mark/) as string,
    }),
  )
})

test('stop words are left out after any tokenizer, a hundred thousand too', () => {
  const many = Array.from({ length: 150_000 }, (_, at) => `x${at}`).join('\n')
  const stopWords = [write('的\nb\n'), write(many)]
  const cut = (tokenizer: 'whitespace' | 'characters' | 'intl'): string =>
    openTokenizerWith({ tokenizer, stopWords }).tokenize('a\tb x7  的c')
  expect([cut('whitespace'), cut('characters'), cut('intl')]).toEqual(['a 的c', 'a x 7 c', 'a c'])
})

test.each([
  [{ mainDictionary: 'dict.txt' }, /a main dictionary is for the tokenizer jieba, and this is intl/],
  [{ userDictionaries: ['words.txt'] }, /user dictionaries are for the tokenizer jieba, and this is intl/],
  [{ hmm: false }, /HMM is for the tokenizer jieba, and this is intl/],
])('%j is refused with another tokenizer', (options, message) => {
  expect(() => openTokenizerWith({ tokenizer: 'intl', ...options })).toThrow(
    expect.objectContaining({ code: 'bad_usage', message: expect.stringMatching(message) as string }),
  )
})
