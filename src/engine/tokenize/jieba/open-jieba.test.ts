import { describe, expect, test } from 'vitest'

import { compileJiebaDictionary, type JiebaData } from './dictionary/compile-dictionary.ts'
import { extendJiebaDictionary } from './dictionary/extend-dictionary.ts'
import { openJieba } from './open-jieba.ts'

const hmm: JiebaData['hmm'] = {
  start: { B: -0.3, E: -3.14e100, M: -3.14e100, S: -1.5 },
  transitions: {
    B: { E: -0.5, M: -0.9 },
    E: { B: -0.6, S: -0.8 },
    M: { E: -0.3, M: -1.3 },
    S: { B: -0.7, S: -0.7 },
  },
  emissions: {
    B: { 杭: -1, 研: -2 },
    E: { 研: -1 },
    M: { 州: -1 },
    S: { 的: -1, 你: -2 },
  },
}

const dict = [
  '你好 50 l',
  '你 20 r',
  '好 20 a',
  '天气 30 n',
  '天 5 n',
  '今天 30 t',
  '今天天 30 x',
  '气 30 n',
  'AT&T 3 nz',
]
  .join('\n')
  .concat('\n')

const extend = (base: ArrayBuffer, ...texts: string[]) =>
  extendJiebaDictionary(base, {
    userDictionaries: texts.map((text, place) => ({ name: `${place + 1}.txt`, text })),
  })

const compiled = compileJiebaDictionary({ dict: dict, hmm: hmm }).buffer
const { tokenize } = openJieba(compiled)

describe('the cut', () => {
  test.each([
    ['', ''],
    ['你好', '你好'],
    ['你好你', '你好 你'],
    ['你好，天气？', '你好 ， 天气 ？'],
    ['好你', '好 你'],
    ['的你', '的 你'],
    ['杭研', '杭研'],
    ['杭州研你好', '杭州研 你好'],
    ['AT&T', 'AT&T'],
    ['at&t', 'at & t'],
  ])('of %j is %j', (text, tokens) => {
    expect(tokenize(text)).toBe(tokens)
  })

  test('takes the longer first word where two ways are equally likely', () => {
    expect(tokenize('今天天气')).toBe('今天天 气')
  })

  test('keeps letters, digits, decimals and percent signs together, and symbols apart from them', () => {
    expect(tokenize('v2.50%--3.x+#5.')).toBe('v2.50% -- 3 . x +# 5 .')
  })

  test('makes a token of each character outside the blocks, of a pair of surrogates and of CR LF', () => {
    expect(tokenize('\r\n\n\r 𠮷😀\ud800')).toBe('\r\n \n \r   𠮷 😀 \ud800')
  })

  test('gives every single character back where they make a word of their own', () => {
    const single = compileJiebaDictionary({ dict: '天气 1 n\n天 9999 n\n气 9999 n\n', hmm: hmm })
    expect(openJieba(single.buffer).tokenize('天气')).toBe('天 气')
  })

  test('of a text beyond the kept buffers is the cut of its lines', () => {
    const line = '你好，杭州研at&t\n'
    const expected = Array.from({ length: 9_000 }, () => tokenize(line)).join(' ')
    expect(tokenize(line.repeat(9_000))).toBe(expected)
  })

  test('of a million unknown characters in a row does not overflow', () => {
    expect(tokenize('齉'.repeat(1_000_000))).toHaveLength(1_999_999)
    expect(tokenize('a'.repeat(1_000_000))).toHaveLength(1_000_000)
  })
})

describe('an extended dictionary', () => {
  test('keeps the new words together and splits those of frequency 0', () => {
    const extended = openJieba(extend(compiled, '好天气 9 n\n杭研 0\n').buffer)
    expect(extended.tokenize('好天气')).toBe('好天气')
    expect(extended.tokenize('杭研')).toBe('杭 研')
  })

  test('may be extended again', () => {
    const once = extend(compiled, '好天气 9\n', '杭研 0\n')
    const twice = extend(extend(compiled, '好天气 9\n').buffer, '杭研 0\n')
    expect(twice).toEqual(once)
  })
})

test('more frequencies than there are places for are refused with both numbers', () => {
  const lines = Array.from({ length: 131_080 }, (_, at) => `天${at} ${at + 1}`)
  expect(() => extend(compiled, lines.join('\n'))).toThrow(
    /131,0\d\d different frequencies above 0, and 131,070 is the most/,
  )
})

describe('bytes that are no dictionary', () => {
  const changed = (at: number, value: number) => {
    const copy = compiled.slice(0)
    new Uint32Array(copy)[at] = value
    return copy
  }

  test.each([
    ['too short', new ArrayBuffer(8), 'bad_layout'],
    ['without the magic number', changed(0, 1), 'not_a_dictionary'],
    ['of another version', changed(1, 99), 'unsupported_version'],
    ['cut off', compiled.slice(0, -8), 'bad_layout'],
    ['with a count too high', changed(4, 0xffffffff), 'bad_layout'],
  ])('are refused: %s', (_, bytes, code) => {
    expect(() => openJieba(bytes)).toThrow(expect.objectContaining({ name: 'TokenizeError', code }) as Error)
  })
})

describe('data that cannot be compiled', () => {
  test.each([
    ['a line without a frequency', { dict: '你好\n', hmm: hmm }, 'bad_dictionary_line'],
    ['a frequency that is not a number', { dict: '你好 x n\n', hmm: hmm }, 'bad_dictionary_line'],
    ['a frequency beyond 2^53', { dict: '你好 99999999999999999 n\n', hmm: hmm }, 'bad_dictionary_line'],
    [
      'an emission of two characters',
      { dict: dict, hmm: { ...hmm, emissions: { ...hmm.emissions, S: { 你好: -1 } } } },
      'bad_hidden_markov_model',
    ],
    ['no words', { dict: '', hmm: hmm }, 'empty_dictionary'],
  ])('is refused: %s', (_, data, code) => {
    expect(() => compileJiebaDictionary(data)).toThrow(expect.objectContaining({ code }) as Error)
  })
})
