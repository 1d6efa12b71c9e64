import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

import { describe, expect, test } from 'vitest'

import { cutInPython, missingPythonJieba, readInstalledTexts } from '../../harness/python-jieba.ts'
import { extendJiebaDictionary, openJieba } from '../../src/engine/tokenize/index.ts'

const handMadeDictionaries = [
  '\ufeff云计算 5\n李小福 2 nr\n创新办 3 i\neasy_install 3 eng\n好用 300\n韩玉赏鉴 3 nz\n八一双鹿 3 nz\n台中\n凱特琳 nz\n\n',
  '学时学费\r\n  中将 \n\ufeff 前空 3\nC++ 语言 5 n\n机器 学习\nγ射线暴\n😀脸 7\n𠮷野家\n专业不同 0\n齄龘 0 x\n台中 0\n贵姓 0\n您贵姓\n',
  '台中\nAI4S模型 nz\nv2.0\nabc\n学 费\n· 3\n阿·甲\nQQ 5 12\n一 99999999\n',
]

const handMadeTexts = [
  '李小福是创新办主任也是云计算方面的专家; 什么是八一双鹿',
  '例如我输入一个带“韩玉赏鉴”的标题，在自定义词库中也增加了此词为N类',
  '「台中」正確應該不會被切開。mac上可分出「石墨烯」；此時又可以分出來凱特琳了。',
  'easy_install is great, python 的正则表达式是好用的',
  '如果放到post中将出错。前空格 C++ 语言，机器 学习，γ射线暴，😀脸，𠮷野家',
  '专业不同，学时学费也不一样，您贵姓，齄龘齄龘，台中的AI4S模型v2.0和abc学 费·阿·甲QQ 5 12',
  '一一一一',
]

function openAsset(): ArrayBuffer {
  const bytes = readFileSync(new URL('../../assets/jieba/jieba.dict', import.meta.url))
  return new Uint8Array(bytes).buffer
}

function extend(userDictionaries: readonly string[]): Uint8Array<ArrayBuffer> {
  return extendJiebaDictionary(openAsset(), {
    userDictionaries: userDictionaries.map((text, place) => ({ name: `${place + 1}.txt`, text })),
  })
}

function cutExtended(texts: readonly string[], userDictionaries: readonly string[]): string[] {
  const jieba = openJieba(extend(userDictionaries).buffer)
  return texts.map((text) => jieba.tokenize(text))
}

/** New words out of known ones, some with a frequency, some with a tag, some to be split. */
function inventWords(words: readonly string[]): string[] {
  return words.flatMap((word, index) => {
    const next = words[(index * 7919) % words.length] ?? ''
    const suffix = ['', ' 3', ' n', ' 20 nz', ' 0', ` ${index}`][index % 6] ?? ''
    return index % 9 === 0 ? [`${word}${next.slice(0, 2)}${suffix}`] : []
  })
}

describe.skipIf(missingPythonJieba !== undefined)(
  `user dictionaries are taken as Python's jieba takes them${missingPythonJieba ? ` (${missingPythonJieba})` : ''}`,
  () => {
    test('line by line, one file after the other', () => {
      expect(cutExtended(handMadeTexts, handMadeDictionaries)).toEqual(
        cutInPython(handMadeTexts, handMadeDictionaries),
      )
    })

    test('without a line, nothing changes', () => {
      expect(Buffer.from(extend(['\n'])).equals(Buffer.from(openAsset()))).toBe(true)
    })

    test('thousands of words', () => {
      const { words = [], 'messages zh_CN': messages = [] } = readInstalledTexts(20_000)
      const invented = inventWords(words)
      const texts = [...messages.slice(0, 5_000), ...invented.map((line, at) => line + (words[at] ?? ''))]
      const expected = cutInPython(texts, [invented.join('\n')])
      const differing = cutExtended(texts, [invented.join('\n')]).filter((cut, at) => cut !== expected[at])
      expect(differing.slice(0, 10)).toEqual([])
    })

    test('hundreds of thousands of words, in seconds', () => {
      const characters = Array.from({ length: 3_000 }, (_, at) => String.fromCharCode(0x4e00 + at))
      const words = Array.from({ length: 300_000 }, (_, at) =>
        [at * 7_919, at * 104_729 + 1, at * 31, at].map((mix) => characters[mix % 3_000]).join(''),
      )
      const lines = words.map((word, at) => word + (['', ' 3', ' 20 nz'][at % 3] ?? ''))
      const texts = [
        ...handMadeTexts,
        ...words.slice(0, 300).map((word, at) => `${word}${words[at + 1_000] ?? ''}是`),
      ]
      const begun = process.cpuUsage()
      const cut = cutExtended(texts, [lines.join('\n')])
      expect(process.cpuUsage(begun).user / 1e6).toBeLessThan(25)
      expect(cut).toEqual(cutInPython(texts, [lines.join('\n')]))
    })

    test('hundreds of thousands of words, in some hundred bytes each', () => {
      const script = `
import { readFileSync } from 'node:fs'
import { extendJiebaDictionary } from ${built('engine/tokenize/index.js')}
const base = new Uint8Array(readFileSync(new URL(${built('../assets/jieba/jieba.dict')}))).buffer
const character = (at) => String.fromCharCode(0x4e00 + (Math.imul(at, 0x9e3779b1) >>> 0) % 6_000)
const word = (_, at) => [at, at * 7 + 1, at * 31 + 2, at + 3].map(character).join('')
const text = Array.from({ length: 300_000 }, word).join('\\n')
const before = process.resourceUsage().maxRSS
extendJiebaDictionary(base, { userDictionaries: [{ name: 'words.txt', text }] })
console.log(process.resourceUsage().maxRSS - before)`
      const kibibytes = Number(
        execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }),
      )
      expect(kibibytes).toBeGreaterThan(10 * 1024)
      expect(kibibytes).toBeLessThan(160 * 1024)
    })
  },
)

function built(path: string): string {
  return JSON.stringify(new URL(`../../dist/${path}`, import.meta.url).href)
}
