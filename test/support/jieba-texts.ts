/** Texts that a cut into words may go wrong on, the same for the same seed. */

/** A whole number from 0 to below the one given. */
export type Draw = (below: number) => number

/** Marsaglia's xorshift, 32 bits: the same texts in every run. */
export function createDraw(seed: number): Draw {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

function pick<Item>(draw: Draw, items: readonly Item[]): Item {
  return items[draw(items.length)] as Item
}

const between = (first: number, last: number) => (draw: Draw) =>
  String.fromCodePoint(first + draw(last - first + 1))

const among =
  (...pieces: string[]) =>
  (draw: Draw) =>
    pick(draw, pieces)

const commonCharacters = Array.from(
  '的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运',
)

/** Kinds of characters, each once alone and here mixed, that a cut may take for something else. */
const kindsOfText: readonly ((draw: Draw) => string)[] = [
  (draw) => pick(draw, commonCharacters),
  (draw) => pick(draw, commonCharacters) + pick(draw, commonCharacters),
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

export function generateText(draw: Draw): string {
  const kinds = Array.from({ length: 1 + draw(4) }, () => pick(draw, kindsOfText))
  return Array.from({ length: draw(30) }, () => pick(draw, kinds)(draw)).join('')
}

/** Words, and pieces of words, in new company. */
export function mixWords(draw: Draw, words: readonly string[]): string {
  const piece = () => {
    const word = pick(draw, words)
    return draw(3) > 0 ? word : word.slice(draw(word.length))
  }
  return Array.from({ length: 2 + draw(9) }, piece).join(pick(draw, ['', '', '', '，', ' ', '-', '的']))
}
