/** Texts that models are trained on and asked in the tests against the reference. */

const sentences = [
  '__label__name 你 叫 什么 名字',
  '__label__name 请问 您 贵姓',
  '__label__name 我 的 名字 是 小明 😀',
  '__label__name what is your name ?',
  '__label__weather 今天 天气 怎么样',
  '__label__weather 明天 北京 会 下雨 吗 ☔️',
  '__label__weather 外面 冷 不 冷',
  '__label__weather will it rain in Zürich tomorrow',
  '__label__music 播放 一首 周杰伦 的 歌 🎵',
  '__label__music 我 想 听 café del mar',
  '__label__music 下 一 首',
  '__label__music play it again , Sam',
]

const oddLines = [
  '',
  ' ',
  '\t \v\f\r',
  'unknown-word',
  '从未 见过 的 词语',
  '你叫什么名字',
  '__label__name',
  '__label__never_seen 天气',
  '<',
  '>',
  '< >',
  '天气\u3000名字',
  'a\u00a0b',
  '👩‍👩‍👧‍👦 😀',
  'e\u0301 é',
  '\u0000天气\u0000名字',
  'x'.repeat(3000),
  '名字 '.repeat(700),
]

/** A reproducible stream of whole numbers below `limit` (a linear congruential generator). */
export function createDice(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}

function syntheticLines(labelCount: number, count: number, seed: number): readonly string[] {
  const roll = createDice(seed)
  return Array.from({ length: count }, () => {
    const label = roll(labelCount)
    const words = Array.from(
      { length: 2 + roll(9) },
      () => `词${label * 3 + roll(labelCount + 9)}w${roll(4)}`,
    )
    return `__label__${label} ${words.join(' ')}`
  })
}

/** Lines to train on: `labelCount` labels of made-up words, and three of a few sentences; 0: the sentences alone. */
export function trainingLines(labelCount: number): readonly string[] {
  return labelCount === 0 ? sentences : [...syntheticLines(labelCount, 4000, 7), ...sentences]
}

/** Lines to ask about, without labels: odd ones, the sentences, and `count` others than those trained on. */
export function askedLines(labelCount: number, count: number): readonly string[] {
  const withoutLabel = (line: string): string => line.replace(/^__label__\S+ /, '')
  const others = syntheticLines(Math.max(2, labelCount), count, 99)
  return [...oddLines, ...[...sentences, ...others].map(withoutLabel)]
}
