import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { CliResult } from '../../harness/cli.ts'
import { runCli } from '../../harness/cli.ts'
import { cliPath, exampleFolder, firstModel, secondModel } from '../../harness/paths.ts'
import { cutInPython, readInstalledTexts, wordsInPython } from '../../harness/python-jieba.ts'
import { missingComponents } from '../../harness/real-components.ts'
import { predictReference, trainReference } from '../../harness/reference-fasttext.ts'
import { until } from '../../harness/until.ts'
import type { Manifest } from '../../src/store/index.ts'
import { createTokenizers, listVersions, loadVersion } from '../../src/store/index.ts'
import { sealManifest } from '../../src/store/versions/manifest.ts'
import { readTestSet } from '../support/corpus.ts'
import { startStack } from '../support/stack.ts'

const missing = missingComponents('fasttext', 'python3-jieba')
const because = missing === false ? '' : ` (${missing})`
const trainingFile = join(exampleFolder, 'corpus/train.txt')
const dictionary = '怎么称呼 5 n\n您贵姓\n什么名字 3\n'
const tolerance = 1e-5

let folder: string
let dictionaryFile: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-tokenize-'))
  dictionaryFile = join(folder, 'words.txt')
  writeFileSync(dictionaryFile, dictionary)
})
afterAll(() => rmSync(folder, { recursive: true }))

const tokenize = (input: string, ...args: string[]): Promise<CliResult> =>
  runCli(['tokenize', ...args], { input })

/** A labelled line as the example's training cuts it in Python. */
function cutLabelled(lines: readonly string[], userDictionaries: readonly string[]): string[] {
  const parts = lines.map((line) => line.split(/ (.*)/s))
  const cuts = cutInPython(
    parts.map(([, text = '']) => text),
    userDictionaries,
  )
  return parts.map(([label = ''], i) => `${label} ${cuts[i] ?? ''}`)
}

describe.skipIf(missing !== false)(`tokenize against Python’s jieba${because}`, () => {
  test('prints " ".join(jieba.cut(line)) for every line of a file', async () => {
    const lines = Object.values(readInstalledTexts(2_000))
      .flat()
      .filter((text) => !/[\r\n]/.test(text) && !text.includes('__label__'))
    expect(lines.length).toBeGreaterThan(6_000)
    const file = join(folder, 'lines.txt')
    writeFileSync(file, lines.join('\n'))
    const { code, stdout, stderr } = await runCli(['tokenize', '--input', file])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toBe(
      cutInPython(lines)
        .map((line) => `${line}\n`)
        .join(''),
    )
  })

  test.each([
    ['jieba', []],
    ['jieba with a user dictionary', [dictionary]],
  ])(
    'a model trained on what it prints, with %s, answers raw text as it does text cut in Python',
    async (_what, used) => {
      const options = used.length === 0 ? [] : ['--user-dictionary', dictionaryFile]
      const raw = readFileSync(trainingFile, 'utf8')
      const { stdout } = await tokenize(raw, ...options)
      expect(stdout.split('\n').slice(0, -1)).toEqual(cutLabelled(raw.split('\n').slice(0, -1), used))

      const cut = join(folder, 'train.cut')
      writeFileSync(cut, stdout)
      const version = `179541903${used.length}`
      const settings = [
        '-dim',
        '10',
        '-bucket',
        '10000',
        '-wordNgrams',
        '2',
        '-lr',
        '0.5',
        '-epoch',
        '25',
        '-seed',
        '1',
      ]
      const file = trainReference('supervised', cut, join(folder, `trained_${version}`), settings)
      const configPath = writeConfig('trained: {}')
      const published = await runCli(['publish', '-c', configPath, '--tokenizer', 'jieba', ...options, file])
      expect(published).toMatchObject({ code: 0, stderr: '' })

      const texts = readTestSet().map(({ text }) => text)
      const reference = predictReference(file, cutInPython(texts, used), -1)
      const model = loadVersion(storePath(), { model: 'trained', version }, createTokenizers())
      for (const [i, text] of texts.entries())
        for (const [rank, { label, probability }] of model.predict(text, -1).entries()) {
          expect([text, label]).toEqual([text, reference[i]?.[rank]?.label])
          expect(Math.abs(probability - (reference[i]?.[rank]?.probability ?? NaN)), text).toBeLessThan(
            tolerance,
          )
        }
      model.release()
    },
  )
})

const options = {
  mainDictionary: '您 300 r\n贵姓 40 n\n怎么 200 r\n怎么称呼 70\n名字 80 n\n什么 500 r\n的 900\n',
  userDictionaries: [dictionary],
  hmm: false,
  stopWords: ['的\n\n了\n', '，\r\n？\r\n'],
}

/** The files of these options, in the folder of the configuration. */
function writeOptions(): string[] {
  writeFileSync(join(folder, 'dict.txt'), options.mainDictionary)
  options.stopWords.forEach((text, at) => writeFileSync(join(folder, `stop${at}.txt`), text))
  return ['dict.txt', 'stop0.txt', 'stop1.txt'].map((name) => join(folder, name))
}

describe.skipIf(missing !== false)(`the options of jieba${because}`, () => {
  const texts = readTestSet().map(({ text }) => text)
  const theirs = (): string[] => wordsInPython(texts, options).map((words) => words.join(' '))
  const flags = (): string[] => {
    const [main = '', ...stop] = writeOptions()
    const stopWords = stop.flatMap((file) => ['--stop-words', file])
    return ['--main-dictionary', main, '--user-dictionary', dictionaryFile, '--no-hmm', ...stopWords]
  }

  test('tokenize cuts with them as Python does', async () => {
    const { code, stdout, stderr } = await tokenize(texts.map((text) => `${text}\n`).join(''), ...flags())
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout.split('\n').slice(0, -1)).toEqual(theirs())
  })

  test('predict cuts with them what it asks a file', async () => {
    const input = (lines: readonly string[]) => ({ input: lines.map((line) => `${line}\n`).join('') })
    const raw = await runCli(['predict', secondModel, '-k', '2', ...flags()], input(texts))
    expect(raw).toMatchObject({ code: 0, stderr: '' })
    const cut = await runCli(['predict', secondModel, '-k', '2', '--pretokenized'], input(theirs()))
    expect(raw.stdout).toBe(cut.stdout)
  })
})

describe('tokenize', () => {
  test.each([
    ['jieba', '__label__a __label__b 加QQ吧 __label__c\n', '__label__a __label__b 加 QQ 吧 __label__c\n'],
    ['characters', '__label__a 加QQ 吧\n', '__label__a 加 Q Q 吧\n'],
    ['intl', '__label__a 加QQ，好  吧\n', '__label__a 加 QQ ， 好 吧\n'],
    ['whitespace', '__label__a  加 QQ\t吧\n', '__label__a  加 QQ\t吧\n'],
    ['jieba', '', ''],
    ['jieba', '\n\n', '\n\n'],
    ['jieba', '您贵姓\r\n好', '您 贵姓\n好\n'],
    ['jieba', '\ufeff__label__a 您贵姓\n', '__label__a 您 贵姓\n'],
  ])('with %s makes of %j this: %j', async (tokenizer, input, output) => {
    expect(await tokenize(input, '--tokenizer', tokenizer)).toEqual({ code: 0, stdout: output, stderr: '' })
  })

  test('prints what comes before a line that is not UTF-8, names that line, and exits with 1', async () => {
    const file = join(folder, 'gbk.txt')
    writeFileSync(file, Buffer.concat([Buffer.from('您贵姓\n'), Buffer.from([0xc4, 0xfa, 0x0a])]))
    const { code, stdout, stderr } = await runCli(['tokenize', '--input', file])
    expect([code, stdout]).toEqual([1, '您 贵姓\n'])
    expect(stderr).toMatch(/line 2 of .*gbk\.txt is not UTF-8.*\(bad_utf8\)/)
  })

  test('prints each line when it comes, and ends well when its reader has seen enough', async () => {
    const child = spawn(process.execPath, [cliPath, 'tokenize'])
    let printed = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
    child.stdin.on('error', () => undefined).write('您贵姓\n')
    await until('the first line is printed', () => printed === '您 贵姓\n')
    const exited = once(child, 'exit')
    child.stdout.destroy()
    const feed = setInterval(() => child.stdin.write('您贵姓\n'.repeat(10_000)), 10)
    const [code] = (await exited) as [number | null]
    clearInterval(feed)
    expect(code).toBe(0)
  })

  test.each([
    [['--tokenizer', 'mecab'], /Allowed choices are jieba, whitespace, characters, intl/],
    [
      ['--tokenizer', 'intl', '--user-dictionary', 'words.txt'],
      /for the tokenizer jieba, and this is intl.*\(bad_usage\)/,
    ],
    [['--tokenizer', 'characters', '--no-hmm'], /HMM is for the tokenizer jieba, and this is characters/],
    [['--input', 'none.txt'], /none\.txt cannot be read/],
  ])('refuses %j with exit code 2', async (args, message) => {
    const { code, stderr } = await tokenize('', ...args)
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)])
  })
})

const storePath = (): string => join(folder, '.changeover/store')

function writeConfig(models: string): string {
  const path = join(folder, 'changeover.yaml')
  writeFileSync(path, `service: ${join(exampleFolder, 'service.ts')}\nmodels:\n  ${models}\n`)
  return path
}

/** The version of `model` that was published last. */
const lastManifest = (model: string): Manifest | undefined => listVersions(storePath(), model).at(-1)

/** Runs the built command on a terminal of its own, and types `answers`, each at the next prompt. */
async function runOnTerminal(
  args: readonly string[],
  answers: readonly string[],
): Promise<{ code: number; screen: string }> {
  const command = [process.execPath, cliPath, ...args].map((arg) => `'${arg}'`).join(' ')
  const child = spawn('script', ['--quiet', '--return', '--command', command, join(folder, 'typescript')])
  let screen = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (screen += text))
  const exited = once(child, 'exit')
  for (const [i, answer] of answers.entries()) {
    await until('it asks', () => screen.split('or the name: ').length > i + 1)
    child.stdin.write(answer)
  }
  const [code] = (await exited) as [number]
  return { code, screen }
}

describe('publish', () => {
  test('refuses without a terminal where nobody names the tokenizer, and says what to give', async () => {
    const { code, stdout, stderr } = await runCli([
      'publish',
      '-c',
      writeConfig('silent: {}'),
      '-m',
      'silent',
      firstModel,
    ])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(
      /no tokenizer is specified for the model silent.*--tokenizer jieba\|whitespace\|characters\|intl/,
    )
    expect(stderr).toContain('(tokenizer_unknown)')
    expect(lastManifest('silent')).toBeUndefined()
  })

  test('asks on a terminal, with an example of each, until it gets an answer', async () => {
    const args = ['publish', '-c', writeConfig('asked: {}'), '-m', 'asked', firstModel]
    const { code, screen } = await runOnTerminal(args, ['5\n', '4\n'])
    expect(code).toBe(0)
    expect(screen).toMatch(/1 +jieba +学费 也 不 一样 ， QQ ？ /)
    expect(screen).toMatch(/2 +whitespace +学费也不一样，QQ？ /)
    expect(screen).toMatch(/3 +characters +学 费 也 不 一 样 ， Q Q ？ /)
    expect(screen).toMatch(/4 +intl +\S/)
    expect(screen).toContain('tokenizer intl, as you say')
    expect(lastManifest('asked')).toMatchObject({ tokenizer: 'intl', icuVersion: process.versions.icu })
    const given = await runOnTerminal([...args, '--tokenizer', 'intl'], [])
    expect([given.code, given.screen]).toEqual([
      0,
      expect.stringContaining('tokenizer intl, as the command says'),
    ])
  })

  test.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('takes %s for no answer, and publishes nothing', async (_key, answer) => {
    const { code, screen } = await runOnTerminal(
      ['publish', '-c', writeConfig('left: {}'), '-m', 'left', firstModel],
      [answer],
    )
    expect([code, screen]).toEqual([2, expect.stringContaining('(tokenizer_unknown)')])
    expect(lastManifest('left')).toBeUndefined()
  })

  test('takes tokenizer and user dictionaries of the configuration, by paths beside it', async () => {
    const configPath = writeConfig('own: { tokenizer: jieba, userDictionaries: [words.txt] }')
    const { code, stdout } = await runCli(['publish', '-c', configPath, '-m', 'own', firstModel])
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining('tokenizer jieba with words.txt, as the configuration says'),
    ])
    expect(lastManifest('own')).toMatchObject({
      tokenizer: 'jieba',
      userDictionaries: [{ fileName: 'words.txt' }],
    })
    expect((await runCli(['models', '-c', configPath])).stdout).toMatch(/own .* jieba with words\.txt /)
  })

  test('takes all options of the tokenizer from the configuration, but for what the command names', async () => {
    writeOptions()
    const configPath = writeConfig(
      'all: { tokenizer: jieba, mainDictionary: dict.txt, userDictionaries: [words.txt], HMM: false, stopWords: [stop0.txt, stop1.txt] }',
    )
    const { code, stdout } = await runCli(['publish', '-c', configPath, '-m', 'all', firstModel])
    const shown = 'jieba on dict.txt with words.txt, HMM off, without the words of stop0.txt, stop1.txt'
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining(`tokenizer ${shown}, as the configuration says`),
    ])
    const { stdout: page } = await runCli(['models', 'show', '-c', configPath, 'all@1795419027'])
    expect(page).toContain(`tokenizer   ${shown}\n`)
    expect(page).toMatch(
      /dictionary +\S+ KiB, SHA-256 \w+\n +dict\.txt, SHA-256 \w+\n +words\.txt, SHA-256 \w+\nstop words +stop0\.txt, SHA-256 \w+\n +stop1\.txt, SHA-256 \w+\n/,
    )
    const named = await runCli(['publish', '-c', configPath, '-m', 'all', '--hmm', secondModel])
    expect(named.stdout).toContain(
      'tokenizer jieba on dict.txt with words.txt, without the words of stop0.txt, stop1.txt, as the configuration says',
    )
    expect(lastManifest('all')).not.toHaveProperty('hmm')
  })

  test.each([
    ['mainDictionary: words.txt', /:4: models\.m\.mainDictionary is for the tokenizer jieba only/],
    ['tokenizer: intl\n    HMM: false', /:5: models\.m\.HMM is for the tokenizer jieba only/],
    ['stopWords: [words.txt]', /:4: models\.m\.stopWords needs a tokenizer/],
    [
      'tokenizer: intl\n    stopWords: [none.txt]',
      /:5: models\.m\.stopWords\.0 names \S+\/none\.txt, which is not a file/,
    ],
    [
      'tokenizer: jieba\n    mainDictionary: none.txt',
      /:5: models\.m\.mainDictionary names \S+\/none\.txt, which is not a file/,
    ],
    ['tokenizer: jieba\n    HMM: off', /:5: models\.m\.HMM must be boolean/],
    ['userDictionaries: words.txt', /:4: models\.m\.userDictionaries must be array/],
    ['userDictionaries: [words.txt]', /:4: models\.m\.userDictionaries is for the tokenizer jieba only/],
    [
      'tokenizer: intl\n    userDictionaries: [words.txt]',
      /:5: models\.m\.userDictionaries is for the tokenizer jieba only/,
    ],
    [
      'tokenizer: jieba\n    userDictionaries:\n      - words.txt\n      - none.txt',
      /:7: models\.m\.userDictionaries\.1 names \S+\/none\.txt, which is not a file/,
    ],
    ['tokenizer: mecab', /:4: models\.m\.tokenizer must be one of jieba, whitespace, characters, intl/],
  ])('refuses a configuration with %j by key and line', async (lines, message) => {
    const { code, stderr } = await runCli(['publish', '-c', writeConfig(`m:\n    ${lines}`), firstModel])
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)])
  })
})

test('a configuration in TypeScript has the same faults by key and line', async () => {
  const path = join(folder, 'changeover.config.ts')
  const model = "tokenizer: 'jieba',\n    userDictionaries: ['words.txt', 'none.txt']"
  writeFileSync(path, `export default {\n  service: 'service.ts',\n  models: { m: {\n    ${model} } },\n}\n`)
  const { code, stderr } = await runCli(['models', '-c', path])
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(
      /config\.ts:5: models\.m\.userDictionaries\.1 names \S+none\.txt, which is not a file/,
    ),
  ])
})

describe('a stack', () => {
  test('does not start with an initial file whose tokenizer nobody names', async () => {
    const starting = startStack({ model: `initial: ${firstModel}` })
    await expect(starting).rejects.toThrow(
      /write `tokenizer: jieba`.*under models\.name_question.*\(tokenizer_unknown\)/,
    )
  })

  test('refuses to deploy a file whose tokenizer nobody names, until a version that serves does', async () => {
    const stack = await startStack({ model: '' })
    const refused = await stack.cli('deploy', firstModel)
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/tokenizer: jieba.*\(tokenizer_unknown\)/),
    ])
    expect(await stack.cli('publish', '--tokenizer', 'jieba', firstModel)).toMatchObject({ code: 0 })
    expect(await stack.cli('deploy', '1795419027')).toMatchObject({ code: 0, stderr: '' })
    const published = await stack.cli('publish', secondModel)
    expect(published.stdout).toContain('tokenizer jieba, as in name_question@1795419027, which is active')
    expect(await stack.cli('deploy', secondModel)).toMatchObject({ code: 0, stderr: '' })
    expect(stack.log()).toContain('tokenizer jieba, as in name_question@1795419027, which is active')
    await stack.stop()
  })

  test('warns if a version was published under another ICU, which may cut differently', async () => {
    const stack = await startStack({ model: '' })
    expect(await stack.cli('publish', '--tokenizer', 'intl', secondModel)).toMatchObject({ code: 0 })
    const versions = join(stack.folder, '.changeover/store/models/name_question/versions')
    const path = join(versions, '1795419028/manifest.json')
    chmodSync(path, 0o644)
    const { sha256, ...content } = JSON.parse(readFileSync(path, 'utf8')) as Manifest
    expect(sealManifest(content).sha256).toBe(sha256)
    writeFileSync(path, JSON.stringify(sealManifest({ ...content, icuVersion: '1.0' })))
    await stack.cli('deploy', '1795419028')
    const warning = `published with ICU 1.0, and this is ICU ${process.versions.icu ?? ''}`
    expect(stack.log()).toMatch(
      new RegExp(`\\[WARNING\\] primary 0: name_question@1795419028 was ${warning}`),
    )
    await stack.stop()
  })

  test.skipIf(missing !== false)(
    `serves with its options, and a service filters the words that jieba gives${because}`,
    async () => {
      const [main = '', ...stop] = writeOptions()
      const service = `import { defineService, Type } from 'changeover'
        export default defineService((routes) => {
          routes.predict('/words', { body: Type.Object({ text: Type.String() }) }, ({ body, model }) => {
            const { version, cut, predict } = model('name_question')
            const words = cut(body.text).filter((word) => word.length > 1)
            return { version, words, answer: predict(words, -1) }
          })
        })`
      const jieba = `tokenizer: jieba\n    mainDictionary: ${main}\n    HMM: false\n    stopWords: [${stop.join(', ')}]`
      const stack = await startStack({
        service,
        model: `initial: ${firstModel}\n    ${jieba}\n    userDictionaries: [${dictionaryFile}]`,
      })
      const texts = readTestSet()
        .map(({ text }) => text)
        .slice(0, 40)
      const expected = wordsInPython(texts, options).map((words) => words.filter((word) => word.length > 1))
      const reference = predictReference(
        firstModel,
        expected.map((words) => words.join(' ')),
        -1,
      )
      for (const [at, text] of texts.entries()) {
        const response = await fetch(`${stack.gateway}/words`, {
          method: 'POST',
          body: JSON.stringify({ text }),
        })
        const { version, words, answer } = (await response.json()) as {
          version: string
          words: string[]
          answer: { label: string; probability: number }[]
        }
        expect([version, words]).toEqual(['1795419027', expected[at]])
        expect(answer.map(({ label }) => label)).toEqual(reference[at]?.map(({ label }) => label))
        for (const [rank, { probability }] of answer.entries())
          expect(Math.abs(probability - (reference[at]?.[rank]?.probability ?? NaN)), text).toBeLessThan(
            tolerance,
          )
      }
      const on = ['--on', join(exampleFolder, 'corpus/test.txt')]
      const compared = await stack.cli('compare', 'name_question', '1795419027', firstModel, ...on)
      expect(compared.stdout).toContain('0 of 163 answers change')
      await stack.stop()
    },
  )

  test('serves with the words of its user dictionaries', async () => {
    const model = `initial: ${firstModel}\n    tokenizer: jieba\n    userDictionaries: [${dictionaryFile}]`
    const stack = await startStack({ model })
    const pids = (await stack.status()).instances.flatMap(({ workers }) =>
      workers.map((worker) => worker?.pid),
    )
    const dictionaryPath = join(
      stack.folder,
      '.changeover/store/models/name_question/versions/1795419027/jieba.dict',
    )
    for (const pid of pids) expect(readFileSync(`/proc/${pid ?? 0}/maps`, 'utf8')).toContain(dictionaryPath)
    const [manifest] = listVersions(join(stack.folder, '.changeover/store'), 'name_question')
    expect(execFileSync('sha256sum', [dictionaryFile], { encoding: 'utf8' })).toContain(
      manifest?.userDictionaries?.[0]?.sha256,
    )
    await stack.stop()
  })
})
