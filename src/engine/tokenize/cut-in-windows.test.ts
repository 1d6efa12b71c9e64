import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { cutInWindows } from './cut-in-windows.ts'

const segmenter = new Intl.Segmenter('zh', { granularity: 'word' })
const findEnds = (text: string): number[] =>
  Array.from(segmenter.segment(text), ({ index, segment }) => index + segment.length)

/** What joins, what parts, and what needs a dictionary; none of it is white space. */
const samples = [
  '人工智能是研究开发用于模拟延伸和扩展人的智能的理论方法技术及应用系统的一门新的技术科学',
  '中华人民共和国成立于一九四九年十月一日首都是北京',
  '東京都の人口は約千四百万人であり日本の首都として機能している',
  'コンピュータープログラミングヲベンキョウスル',
  'ประเทศไทยมีชื่ออย่างเป็นทางการว่าราชอาณาจักรไทยเป็นรัฐชาติอันตั้งอยู่ในเอเชียตะวันออกเฉียงใต้',
  'ພາສາລາວເປັນພາສາທາງການຂອງປະເທດລາວ',
  'ភាសាខ្មែរគឺជាភាសាផ្លូវការរបស់ប្រទេសកម្ពុជា',
  'မြန်မာဘာသာစကားသည်မြန်မာနိုင်ငံ၏ရုံးသုံးဘာသာစကားဖြစ်သည်',
  '대한민국은민주공화국이다',
  "can't_stop.here,1,234.56;a:b·c’d",
  'שלום״עולם׳',
  'हिन्दीभाषाकीलिपिदेवनागरीहै।',
  '👨‍👩‍👧‍👦👍🏽🇨🇳🇫🇷🏴󠁧󠁢󠁥󠁮󠁧󠁿❤️',
  'e\u0301\u0302\u200d\u00ad',
  '\u3000\u00a0',
  '，。！？「」…',
  '\ud842',
]
const piece = fc
  .tuple(fc.constantFrom(...samples), fc.nat(90), fc.nat(90), fc.integer({ min: 1, max: 40 }))
  .map(([sample, from, length, times]) =>
    sample
      .slice(from % sample.length)
      .slice(0, length + 1)
      .repeat(times),
  )
const long = fc.array(piece, { minLength: 3, maxLength: 30 }).map((pieces) => pieces.join(''))
const anything = fc.string({ unit: 'binary', minLength: 2_000, maxLength: 6_000, size: 'max' })

describe('gives the segmenter’s own answer for the whole', () => {
  test.each([
    ['texts of many scripts', long, 150],
    ['any characters', anything, 30],
  ])('for %s', (_what, texts, numRuns) => {
    let longest = 0
    fc.assert(
      fc.property(texts, (text) => {
        longest = Math.max(longest, text.length)
        expect(cutInWindows(text, findEnds)).toEqual(findEnds(text))
      }),
      { numRuns },
    )
    expect(longest).toBeGreaterThan(4_000)
  })

  test.each(samples.map((sample) => [sample]))('for %s again and again', (sample) => {
    const text = sample.repeat(Math.ceil(5_000 / sample.length))
    expect(cutInWindows(text, findEnds)).toEqual(findEnds(text))
  })

  test.each([0, 1, 1_023, 1_024, 1_025, 2_047, 2_048, 2_049, 70_000])(
    'for a word of %d letters',
    (length) => {
      const text = 'a'.repeat(length)
      expect(cutInWindows(text, findEnds)).toEqual(findEnds(text))
      expect(cutInWindows(`，${text}，您好`, findEnds)).toEqual(findEnds(`，${text}，您好`))
    },
  )
})

test.each([
  ['short words', ','.repeat(100_000)],
  ['one word', 'a'.repeat(100_000)],
  ['long words', `${'a'.repeat(3_000)},`.repeat(33)],
  ['long words before short ones', 'a'.repeat(50_000) + ','.repeat(50_000)],
])('costs as much for each character, however long the text is: %s', (_what, text) => {
  let copiedUnits = 0
  cutInWindows(text, function* (part) {
    for (const { index, segment } of segmenter.segment(part)) {
      copiedUnits += part.length
      yield index + segment.length
    }
  })
  expect(copiedUnits / text.length).toBeLessThan(2_500)
})
