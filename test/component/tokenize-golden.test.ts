import { readdirSync, readFileSync } from 'node:fs'

import { beforeAll, describe, expect, test } from 'vitest'

import { cutInPython, missingPythonJieba, readInstalledTexts } from '../../harness/python-jieba.ts'
import { openJieba, type Tokenizer } from '../../src/engine/tokenize/index.ts'

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

type Random = (below: number) => number

/** Marsaglia's xorshift, 32 bits: the same texts in every run. */
function createRandom(seed: number): Random {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[random(items.length)] as Item
}

const between = (first: number, last: number) => (random: Random) =>
  String.fromCodePoint(first + random(last - first + 1))

const among =
  (...pieces: string[]) =>
  (random: Random) =>
    pick(random, pieces)

const commonCharacters = Array.from(
  '的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运',
)

/** Kinds of characters, each once alone and here mixed, that a cut may take for something else. */
const characterKinds: readonly ((random: Random) => string)[] = [
  (random) => pick(random, commonCharacters),
  (random) => pick(random, commonCharacters) + pick(random, commonCharacters),
  between(0x4e00, 0x9fd5),
  between(0x9fd0, 0x9fff),
  between(0x3400, 0x4dbf),
  between(0x20000, 0x2a6df),
  between(0xf900, 0xfaff),
  between(0x21, 0x7e),
  between(0x30, 0x39),
  between(0x61, 0x7a),
  between(0xff01, 0xff5e),
  between(0x00, 0x20),
  between(0x80, 0x24f),
  between(0x370, 0x5ff),
  between(0x600, 0x6ff),
  between(0x900, 0x97f),
  between(0xe01, 0xe3a),
  between(0x3040, 0x30ff),
  between(0xac00, 0xd7a3),
  between(0x1f300, 0x1f6ff),
  among(
    '2001-11-11',
    'Layer-2',
    'mirror-2.3',
    '3.14%',
    '99.9',
    '50%',
    'v1.2.3-rc.1',
    'a.b',
    '1.',
    '.5',
    '%%',
  ),
  among('C++', 'c#', 'AT&T', 'B超', 'T恤', 'γ射线', 'QQ', 'a_b', '--', '...', '-', '+', '#1', '&amp;'),
  among('👨‍👩‍👧‍👦', '🏳️‍🌈', '👍🏽', '🇨🇳', 'e\u0301', '１２３', 'ＡＢＣ', '٣٫١٤'),
  among(
    '\r\n',
    '\n\r',
    '\r',
    '\n',
    '\t',
    '\u00a0',
    '\u3000',
    '\u2028',
    '\u2029',
    '\u0085',
    '\u001c',
    '\u001f',
    '\u200b',
    '\ufeff',
    '  ',
  ),
  among('，', '。', '？', '！', '、', '：', '“', '”', '（', '）', '《', '》', '——', '……', '·'),
]

function generateText(random: Random): string {
  const kinds = Array.from({ length: 1 + random(4) }, () => pick(random, characterKinds))
  return Array.from({ length: random(30) }, () => pick(random, kinds)(random)).join('')
}

/** Words, and pieces of words, in new company. */
function mixWords(random: Random, words: readonly string[]): string {
  const piece = () => {
    const word = pick(random, words)
    return random(3) > 0 ? word : word.slice(random(word.length))
  }
  return Array.from({ length: 2 + random(9) }, piece).join(pick(random, ['', '', '', '，', ' ', '-', '的']))
}

function readUtterances(): string[] {
  const folder = new URL('../../examples/name-question/corpus/', import.meta.url)
  return readdirSync(folder).flatMap((name) => readFileSync(new URL(name, folder), 'utf8').split('\n'))
}

function gatherTexts(): Record<string, string[]> {
  const { words = [], ...installed } = readInstalledTexts(limit)
  const random = createRandom(fixedSeed)
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
