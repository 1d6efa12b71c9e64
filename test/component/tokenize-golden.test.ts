import { readdirSync, readFileSync } from 'node:fs'

import { beforeAll, describe, expect, test } from 'vitest'

import { cutInPython, missingPythonJieba, readInstalledTexts } from '../../harness/python-jieba.ts'
import { openJieba, type Tokenizer } from '../../src/engine/tokenize/index.ts'
import { createDraw, generateText, mixWords } from '../support/jieba-texts.ts'

const limit = 20_000
const realSources = [
  'messages zh_CN',
  'messages zh_TW',
  'manual pages',
  'utterances',
  'rare characters',
  'emoji',
]
const realLinesWanted = 20_000

/** Kinds of text that must be among the real one, and how many there must be of each. */
const kindsWanted: readonly (readonly [string, RegExp, number])[] = [
  ['Chinese', /[\u4e00-\u9fff]/, 20_000],
  ['Chinese with ASCII letters or digits', /[\u4e00-\u9fff].*[a-z0-9]|[a-z0-9].*[\u4e00-\u9fff]/i, 10_000],
  ['ASCII letters or digits at a hyphen or sign', /[a-z0-9][-+#.%_][a-z0-9]/i, 2_000],
  ['Chinese punctuation', /[，。？！、：；“”（）《》]/, 5_000],
  ['rare characters', /[\u3400-\u4dbf\u9fa6-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}]/u, 1_000],
  ['emoji', /\p{Extended_Pictographic}|\p{Regional_Indicator}/u, 1_000],
  ['blanks at the beginning, at the end or in a row', /^\s|\s$|\s\s/, 1_000],
]
const fixedSeed = 20_251_123

function readUtterances(): string[] {
  const folder = new URL('../../examples/name-question/corpus/', import.meta.url)
  return readdirSync(folder).flatMap((name) => readFileSync(new URL(name, folder), 'utf8').split('\n'))
}

function gatherTexts(): Record<string, string[]> {
  const { words = [], ...installed } = readInstalledTexts(limit)
  const random = createDraw(fixedSeed)
  return {
    ...installed,
    utterances: readUtterances(),
    'words mixed': Array.from({ length: limit }, () => mixWords(random, words)),
    generated: Array.from({ length: limit }, () => generateText(random)),
    blank: ['', ' ', '\t', '\n', '\r\n', '\r\n\r\n', '\n\r', '\u3000', '\u00a0\u2028', '   \n'],
  }
}

function openAsset(): Tokenizer {
  const bytes = readFileSync(new URL('../../assets/jieba/jieba.dict', import.meta.url))
  return openJieba(new Uint8Array(bytes).buffer)
}

describe.skipIf(missingPythonJieba !== undefined)(
  `jieba equals Python's jieba${missingPythonJieba ? ` (${missingPythonJieba})` : ''}`,
  () => {
    const jieba = openAsset()
    let sources: Record<string, string[]> = {}
    beforeAll(() => {
      sources = gatherTexts()
    })

    test('for every text of every source', () => {
      const differing = Object.entries(sources).flatMap(([source, texts]) => {
        const expected = cutInPython(texts)
        const differs = texts.filter((text, index) => jieba.tokenize(text) !== expected[index])
        console.log(`${source}: ${texts.length} texts, ${differs.length} differ`)
        return differs
      })
      expect(differing.slice(0, 10)).toEqual([])
    })

    test.runIf(process.env['CI'] === 'true')('over enough real text', () => {
      const realLines = realSources.reduce((sum, source) => sum + (sources[source]?.length ?? 0), 0)
      expect(realLines).toBeGreaterThanOrEqual(realLinesWanted)
    })

    test.runIf(process.env['CI'] === 'true').each(kindsWanted)(
      'over real text with %s',
      (_kind, pattern, wanted) => {
        const texts = realSources.flatMap((source) => sources[source] ?? [])
        expect(texts.filter((text) => pattern.test(text)).length).toBeGreaterThanOrEqual(wanted)
      },
    )
  },
)
