import { createHash } from 'node:crypto'
import {
  chmodSync,
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

import { firstModel, secondModel } from '../../harness/paths.ts'
import { wordsInPython } from '../../harness/python-jieba.ts'
import { missingComponents } from '../../harness/real-components.ts'
import { predictReference } from '../../harness/reference-fasttext.ts'
import type { Config } from '../../src/config/schema/index.ts'
import type { TokenizerSettings } from '../../src/contracts/index.ts'
import { defineService, Type } from '../../src/index.ts'
import { runSteps } from '../../src/store/fs/run-steps.ts'
import type { LoadedModel, Manifest, NamedTokenizer } from '../../src/store/index.ts'
import {
  activate,
  createTokenizers,
  findTokenizer,
  fingerprintVersion,
  loadVersion,
  publish,
  readManifest,
  verifyVersion,
} from '../../src/store/index.ts'
import { sealManifest } from '../../src/store/versions/manifest.ts'
import { ServedModels } from '../../src/worker/served-models.ts'
import { ServiceHost } from '../../src/worker/service/service-host.ts'
import { readTestSet } from '../support/corpus.ts'

const missing = missingComponents('fasttext', 'python3-jieba')
const because = missing === false ? '' : ` (${missing})`
const texts = readTestSet().map(({ text }) => text)
const tolerance = 1e-5

const content = {
  mainDictionary:
    '您 300 r\n贵姓 40 n\n怎么 200 r\n称呼 90 v\n怎么称呼 70\n名字 80 n\n什么 500 r\n姓 30\n的 900\n',
  userDictionaries: ['您贵姓\n'],
  stopWords: ['的\n\n了\n', '，\r\n？\r\n怎么\r\n'],
}
const hmm = false

let folder: string
let storePath: string
let full: TokenizerSettings

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-tokenizer-'))
  storePath = join(folder, 'store')
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  full = {
    tokenizer: 'jieba',
    mainDictionary: write('dict.txt', content.mainDictionary),
    userDictionaries: content.userDictionaries.map((text, at) => write(`words${at}.txt`, text)),
    hmm,
    stopWords: content.stopWords.map((text, at) => write(`stop${at}.txt`, text)),
  }
  publishAs('1', { tokenizer: 'jieba' })
  publishAs('2', full)
})
afterAll(() => rmSync(folder, { recursive: true }))

function publishAs(version: string, settings: TokenizerSettings, file = secondModel): Manifest {
  return publish({ storePath, model: 'm', version, file, nowMs: 0, ...settings })
}

const load = (version: string): LoadedModel =>
  loadVersion(storePath, { model: 'm', version }, createTokenizers())

const pathOf = (version: string, ...names: string[]): string =>
  join(storePath, 'models/m/versions', version, ...names)

function without<T extends object, K extends keyof T>(fields: T, ...keys: readonly K[]): Omit<T, K> {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !keys.includes(key as K))) as Omit<T, K>
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

describe('a version that was published with options of its tokenizer', () => {
  test('names them, and keeps their files', () => {
    const manifest = readManifest(storePath, { model: 'm', version: '2' })
    expect(manifest).toMatchObject({
      format: 2,
      tokenizer: 'jieba',
      mainDictionary: { fileName: 'dict.txt', sha256: sha256(content.mainDictionary) },
      userDictionaries: [{ fileName: 'words0.txt', sha256: sha256('您贵姓\n') }],
      hmm: false,
      stopWords: content.stopWords.map((text, at) => ({ fileName: `stop${at}.txt`, sha256: sha256(text) })),
    })
    const kept = [
      ['main-dictionary', 'dict.txt'],
      ['user-dictionaries', '1', 'words0.txt'],
      ['stop-words', '1', 'stop0.txt'],
      ['stop-words', '2', 'stop1.txt'],
    ].map((names) => readFileSync(pathOf('2', ...names), 'utf8'))
    expect(kept).toEqual([content.mainDictionary, ...content.userDictionaries, ...content.stopWords])
  })

  test('is not read by a build that does not know them, which would cut in another way; one without them is', () => {
    const hashOfBefore = (version: string): [string, string] => {
      const { sha256: hash, ...fields } = readManifest(storePath, { model: 'm', version })
      return [hash, sha256(JSON.stringify(fields))]
    }
    const [plain, plainBefore] = hashOfBefore('1')
    expect(plain).toBe(plainBefore)
    const [own, ownBefore] = hashOfBefore('2')
    expect(own).not.toBe(ownBefore)
  })

  test('is not read if its manifest is of a format that this build does not know', () => {
    const fields = without(publishAs('8', { tokenizer: 'jieba', hmm: false }), 'sha256')
    chmodSync(pathOf('8', 'manifest.json'), 0o644)
    writeFileSync(pathOf('8', 'manifest.json'), JSON.stringify(sealManifest({ ...fields, format: 3 as 2 })))
    expect(() => load('8')).toThrow(expect.objectContaining({ code: 'version_damaged' }))
  })

  test.skipIf(missing !== false)(
    `cuts and predicts as Python and fastText do, beside one without${because}`,
    () => {
      for (const [version, python] of [
        ['1', {}],
        ['2', { ...content, hmm }],
      ] as const) {
        const words = wordsInPython(texts, python)
        const model = load(version)
        const joined = words.map((cut) => cut.join(' '))
        const reference = predictReference(secondModel, joined, -1)
        for (const [i, text] of texts.entries()) {
          expect(model.cut(text)).toEqual(words[i])
          expect(model.tokenize(text)).toBe(joined[i])
          expect(model.predict(words[i] ?? [], -1)).toEqual(model.predict(text, -1))
          for (const [rank, { label, probability }] of model.predict(text, -1).entries()) {
            const theirs = reference[i]?.[rank]
            expect([text, label]).toEqual([text, theirs?.label])
            expect(Math.abs(probability - (theirs?.probability ?? NaN)), text).toBeLessThan(tolerance)
          }
        }
        model.release()
        expect(() => model.cut('您贵姓')).toThrow(/released/)
        expect(() => model.top(['您'])).toThrow(/released/)
      }
    },
  )

  test('does not change with its files, and is not the same version with other options', () => {
    expect(publishAs('2', full)).toEqual(readManifest(storePath, { model: 'm', version: '2' }))
    const other = join(folder, 'other.txt')
    writeFileSync(other, '您 1\n')
    for (const [settings, message] of [
      [{ ...full, mainDictionary: other }, 'another main dictionary'],
      [without(full, 'mainDictionary'), 'another main dictionary'],
      [without(full, 'hmm'), 'HMM off'],
      [{ ...full, stopWords: [] }, 'other stop words'],
      [{ ...full, stopWords: [other] }, 'other stop words'],
    ] as const)
      expect(() => publishAs('2', settings)).toThrow(
        expect.objectContaining({
          code: 'version_conflict',
          message: expect.stringContaining(message) as string,
        }),
      )
  })

  test.each([
    ['stop words', ['stop-words', '2', 'stop1.txt'], 'served'],
    ['main dictionary', ['main-dictionary', 'dict.txt'], 'all'],
  ] as const)('tells that its %s are damaged', (_what, names, parts) => {
    const target = { model: 'm', version: parts === 'served' ? '3' : '4' }
    publishAs(target.version, full)
    const before = fingerprintVersion(storePath, target)
    const path = pathOf(target.version, ...names)
    chmodSync(path, 0o644)
    truncateSync(path, 2)
    expect(fingerprintVersion(storePath, target)).not.toBe(before)
    expect(runSteps(verifyVersion(storePath, target, parts))).toEqual([
      expect.stringMatching(new RegExp(`^${names.join('/')} has `)),
    ])
    if (parts === 'served')
      expect(() => load('3')).toThrow(expect.objectContaining({ code: 'version_damaged' }))
    else load('4').release()
  })

  test('leaves nothing behind if its stop words are refused', () => {
    const stopWords = [join(folder, 'mark.txt')]
    writeFileSync(stopWords[0] ?? '', '\ufeff的\n')
    expect(() => publishAs('9', { tokenizer: 'intl', stopWords })).toThrow(
      expect.objectContaining({ code: 'stop_words_invalid' }),
    )
    expect(readdirSync(pathOf(''))).not.toContain('9')
  })
})

describe('the options of a new version', () => {
  const find = (named?: NamedTokenizer, model: Partial<Config['models'][string]> = {}) =>
    findTokenizer(
      'm',
      { models: { m: { selfTest: [], ...model } as Config['models'][string] } },
      storePath,
      named,
    )
  const configured = () => ({ ...without(full, 'hmm'), HMM: false }) as Partial<Config['models'][string]>

  test('are the configuration’s, but for those that the command names', () => {
    expect(find(undefined, configured())).toEqual({ ...full, source: 'as the configuration says' })
    expect(find({ hmm: true, stopWords: ['/s'] }, configured())).toMatchObject({
      mainDictionary: full.mainDictionary,
      hmm: true,
      stopWords: ['/s'],
    })
    expect(find({ tokenizer: 'jieba' }, configured())).toEqual({ ...full, source: 'as the command says' })
    expect(find({ tokenizer: 'intl' }, configured())).toEqual({
      tokenizer: 'intl',
      stopWords: full.stopWords,
      source: 'as the command says',
    })
  })

  test('come along with the active version', () => {
    activate(storePath, { model: 'm', version: '2' }, 0)
    const found = find()
    if (found === undefined) throw new Error('the active version has a tokenizer')
    expect(found.source).toBe('as in m@2, which is active')
    const next = publishAs('5', without(found, 'source'))
    const expected = without(
      readManifest(storePath, { model: 'm', version: '2' }),
      'publishedAtMs',
      'version',
      'sha256',
    )
    expect(next).toMatchObject(expected)
  })
})

test('a handler that cuts, filters and predicts does so with one version, also if another one takes its place meanwhile', async () => {
  const models = new ServedModels()
  models.activate(load('2'), 0)
  let meet = (): void => undefined
  const met = new Promise<void>((resolve) => (meet = resolve))
  const service = defineService((routes) => {
    routes.predict('/', { body: Type.Object({ text: Type.String() }) }, async ({ body, model }) => {
      const words = model('m').cut(body.text)
      await met
      const { version, cut, predict } = model('m')
      const kept: string[] = cut(body.text).filter((word) => word !== '您')
      return { version, words, kept, answer: predict(kept, -1) }
    })
  })
  const host = new ServiceHost({
    service,
    models,
    bodyLimitBytes: 1_000,
    protocols: [],
    checkAnswers: false,
    log: () => undefined,
    homePage: () => ({ status: 200, headers: '', body: '' }),
  })
  const ask = async (): Promise<unknown> => {
    const body = Buffer.from(JSON.stringify({ text: '您怎么称呼？' }))
    const answer = await host.handle({ method: 'POST', url: '/', headers: '', body })
    return JSON.parse(answer.body.toString())
  }
  const begun = ask()
  models.activate(publishAndLoad('6', firstModel), 1)
  meet()
  const [before, after] = [await begun, await ask()]
  const [old, next] = [load('2'), load('6')]
  expect(before).toEqual({
    version: '2',
    words: ['您', '怎么称呼'],
    kept: ['怎么称呼'],
    answer: old.predict(['怎么称呼'], -1),
  })
  expect(after).toEqual({
    version: '6',
    words: ['您', '怎么', '称呼', '？'],
    kept: ['怎么', '称呼', '？'],
    answer: next.predict(['怎么', '称呼', '？'], -1),
  })
  old.release()
  next.release()
})

function publishAndLoad(version: string, file: string): LoadedModel {
  publishAs(version, { tokenizer: 'jieba' }, file)
  return load(version)
}
