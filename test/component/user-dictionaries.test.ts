import { createHash } from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { secondModel } from '../../harness/paths.ts'
import { cutInPython } from '../../harness/python-jieba.ts'
import { missingComponents } from '../../harness/real-components.ts'
import { predictReference } from '../../harness/reference-fasttext.ts'
import type { Config, TokenizerName } from '../../src/config/schema/index.ts'
import type { LoadedModel, Manifest, NamedTokenizer } from '../../src/store/index.ts'
import {
  activate,
  canShareMemory,
  createTokenizers,
  findTokenizer,
  listVersions,
  loadVersion,
  publish,
} from '../../src/store/index.ts'
import { readTestSet } from '../support/corpus.ts'

const missing = missingComponents('fasttext', 'python3-jieba')
const texts = readTestSet().map(({ text }) => text)
const tolerance = 1e-5
/** Words that the test set has, cut in other ways without these dictionaries; one of them takes a cut apart. */
const dictionaries = ['怎么称呼 5 n\n您贵姓\n什么名字 3\n', '\ufeff贵姓 0\n叫什么 9\n']

let folder: string
let storePath: string
let files: string[]

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-dictionaries-'))
  storePath = join(folder, 'store')
  files = dictionaries.map((text, place) => {
    const file = join(folder, String(place), 'words.txt')
    mkdirSync(join(folder, String(place)))
    writeFileSync(file, text)
    return file
  })
  publishAs('1', [])
  publishAs('2', files)
})
afterAll(() => rmSync(folder, { recursive: true }))

function publishAs(
  version: string,
  userDictionaries: string[],
  tokenizer: TokenizerName = 'jieba',
): Manifest {
  return publish({ storePath, model: 'm', version, file: secondModel, tokenizer, userDictionaries, nowMs: 0 })
}

const load = (version: string): LoadedModel =>
  loadVersion(storePath, { model: 'm', version }, createTokenizers())

const versionFolder = (version: string): string => join(storePath, 'models/m/versions', version)

describe('a version that was published with user dictionaries', () => {
  test('names them, and keeps them beside the dictionary that was compiled from them', () => {
    const [plain, extended] = listVersions(storePath, 'm')
    expect(plain).not.toHaveProperty('userDictionaries')
    expect(readdirSync(versionFolder('1'))).not.toContain('jieba.dict')
    expect(extended).toMatchObject({
      tokenizer: 'jieba',
      userDictionaries: dictionaries.map((text) => ({
        fileName: 'words.txt',
        sha256: createHash('sha256').update(text).digest('hex'),
      })),
    })
    expect(readdirSync(versionFolder('2')).sort()).toEqual([
      'compiled.bin',
      'jieba.dict',
      'manifest.json',
      'source.bin',
      'user-dictionaries',
    ])
    const kept = ['1', '2'].map((place) =>
      readFileSync(join(versionFolder('2'), 'user-dictionaries', place, 'words.txt'), 'utf8'),
    )
    expect(kept).toEqual(dictionaries)
  })

  test.skipIf(missing !== false)(
    `cuts with exactly these words, beside one without${missing === false ? '' : ` (${missing})`}`,
    () => {
      const loaded = { '1': load('1'), '2': load('2') }
      const cuts = { '1': cutInPython(texts), '2': cutInPython(texts, dictionaries) }
      expect(cuts['1'].filter((cut, i) => cut !== cuts['2'][i]).length).toBeGreaterThan(20)
      for (const version of ['1', '2'] as const) {
        const reference = predictReference(secondModel, cuts[version], -1)
        for (const [i, text] of texts.entries())
          for (const [rank, { label, probability }] of loaded[version].predict(text, -1).entries()) {
            const theirs = reference[i]?.[rank]
            expect([text, label]).toEqual([text, theirs?.label])
            expect(Math.abs(probability - (theirs?.probability ?? NaN)), text).toBeLessThan(tolerance)
          }
        loaded[version].release()
      }
    },
  )

  test('stays as it is when the files change, and other files under its name are refused', () => {
    const other = join(folder, 'words.txt')
    writeFileSync(other, '怎么称呼\n')
    expect(publishAs('2', files)).toEqual(listVersions(storePath, 'm')[1])
    for (const userDictionaries of [[], [other], files.toReversed()])
      expect(() => publishAs('2', userDictionaries)).toThrow(
        expect.objectContaining({
          code: 'version_conflict',
          message: expect.stringContaining('other user dictionaries') as string,
        }),
      )
  })

  test.runIf(canShareMemory && process.platform === 'linux')(
    'has its dictionary mapped read-only: no process has memory of its own for it, and none after the release',
    () => {
      const path = join(versionFolder('2'), 'jieba.dict')
      const mappings = (): string[] =>
        readFileSync('/proc/self/smaps', 'utf8')
          .split(/\n(?=[0-9a-f]+-[0-9a-f]+ )/)
          .filter((mapping) => mapping.includes(path))
      expect(mappings()).toHaveLength(0)
      const model = load('2')
      for (const text of texts) model.top(text)
      const [mapping = ''] = mappings()
      expect(mapping).toMatch(/^\S+ r--s /)
      expect(mapping).toMatch(/Private_Dirty: +0 kB/)
      expect(mapping).toMatch(/Shared_Dirty: +0 kB/)
      model.release()
      expect(mappings()).toHaveLength(0)
      expect(() => model.top('您贵姓')).toThrow(/released/)
      model.release()
    },
  )

  test('is not loaded where its dictionary was damaged', () => {
    publishAs('3', files)
    const path = join(versionFolder('3'), 'jieba.dict')
    chmodSync(path, 0o644)
    truncateSync(path, 5_000)
    expect(() => load('3')).toThrow(expect.objectContaining({ code: 'version_damaged' }))
  })

  test('is not loaded where its dictionary has another content of the same length', () => {
    publishAs('9', files)
    const path = join(versionFolder('9'), 'jieba.dict')
    const bytes = readFileSync(path)
    const at = bytes.length >> 1
    bytes[at] = (bytes[at] ?? 0) ^ 1
    chmodSync(path, 0o644)
    writeFileSync(path, bytes)
    expect(() => load('9')).toThrow(expect.objectContaining({ code: 'version_damaged' }))
  })
})

describe('user dictionaries that cannot be used', () => {
  test.each([
    ['with another tokenizer', '词\n', 'intl', 'bad_usage', /for the tokenizer jieba, and this is intl/],
    [
      'that are not UTF-8',
      Buffer.from([0xb9, 0xf3]),
      'jieba',
      'user_dictionary_invalid',
      /bad\.txt .* not UTF-8/,
    ],
    [
      'with a frequency that is not a number',
      '词 3\n词 99999999999999999999\n',
      'jieba',
      'user_dictionary_invalid',
      /bad\.txt: Line 2 /,
    ],
  ] as const)('%s are refused, and leave nothing behind', (_what, content, tokenizer, code, message) => {
    const file = join(folder, 'bad.txt')
    writeFileSync(file, content)
    expect(() => publishAs('4', [file], tokenizer)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) as string }),
    )
    expect(() => publishAs('4', [join(folder, 'none.txt')])).toThrow(
      expect.objectContaining({ code: 'user_dictionary_invalid' }),
    )
    expect(readdirSync(join(storePath, 'models/m/versions'))).not.toContain('4')
    expect(readdirSync(join(storePath, 'tmp'))).toEqual([])
  })
})

describe('the tokenizer of a new version', () => {
  const config = (model: Partial<Config['models'][string]>): Pick<Config, 'models'> => ({
    models: { m: { selfTest: [], ...model } as Config['models'][string] },
  })

  test('is the one that the command names, else the configuration’s, else the active version’s', () => {
    expect(findTokenizer('m', config({}), storePath)).toBeUndefined()
    activate(storePath, { model: 'm', version: '2' }, 0)
    const active = findTokenizer('m', config({}), storePath)
    expect(active).toMatchObject({ tokenizer: 'jieba', source: 'as in m@2, which is active' })
    expect(findTokenizer('m', config({ tokenizer: 'intl' }), storePath)).toEqual({
      tokenizer: 'intl',
      source: 'as the configuration says',
    })
    expect(findTokenizer('m', config({ tokenizer: 'intl' }), storePath, { tokenizer: 'characters' })).toEqual(
      {
        tokenizer: 'characters',
        source: 'as the command says',
      },
    )
  })

  test('comes with the dictionaries that were named with it', () => {
    const configured = config({ tokenizer: 'jieba', userDictionaries: ['/a'] })
    const find = (named?: NamedTokenizer) =>
      findTokenizer('m', configured, storePath, named)?.userDictionaries
    expect(find()).toEqual(['/a'])
    expect(find({ tokenizer: 'jieba' })).toEqual(['/a'])
    expect(find({ tokenizer: 'whitespace' })).toBeUndefined()
    expect(find({ userDictionaries: ['/b'] })).toEqual(['/b'])
    expect(find({ tokenizer: 'jieba', userDictionaries: ['/b'] })).toEqual(['/b'])
  })

  test('of the active version brings the words of that version along', () => {
    activate(storePath, { model: 'm', version: '2' }, 0)
    const { userDictionaries = [] } = findTokenizer('m', config({}), storePath) ?? {}
    expect(publishAs('5', [...userDictionaries]).userDictionaries).toEqual(
      listVersions(storePath, 'm')[1]?.userDictionaries,
    )
    const compiled = ['2', '5'].map((version) => readFileSync(join(versionFolder(version), 'jieba.dict')))
    expect(compiled[0]?.equals(compiled[1] ?? Buffer.alloc(0))).toBe(true)
  })
})
