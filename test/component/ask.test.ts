import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { runCli } from '../../harness/cli.ts'
import { createDice, trainingLines } from '../../harness/models/training-text.ts'
import { exampleFolder, secondModel } from '../../harness/paths.ts'
import { cutInPython, missingPythonJieba } from '../../harness/python-jieba.ts'
import { isReferenceMissing, runReference, trainReference } from '../../harness/reference-fasttext.ts'
import { readTestSet } from '../support/corpus.ts'

const run = (...args: readonly string[]) => runCli(args)
const runWithInput = (input: string, ...args: readonly string[]) => runCli(args, { input })

describe.skipIf(isReferenceMissing())('predict and test beside the reference program', () => {
  let folder = ''
  let model = ''
  let labelled = ''
  const roll = createDice(5)
  const lines = trainingLines(40).map((line) => (roll(5) === 0 ? `__label__${roll(40)} ${line}` : line))
  const text = [...lines, '', 'no label here', '__label__unknown 词1w2', '__label__3'].join('\n')

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'changeover-ask-'))
    labelled = join(folder, 'labelled.txt')
    writeFileSync(labelled, `${text}\n`)
    const options = ['-loss', 'ova', '-epoch', '5', '-dim', '20', '-wordNgrams', '2', '-bucket', '1000']
    model = trainReference('supervised', labelled, join(folder, 'model'), options)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test.each([
    ['1', '0'],
    ['3', '0.01'],
    ['-1', '0.1'],
  ])('predict prints what predict-prob prints, byte for byte: -k %s -t %s', async (k, threshold) => {
    const expected = runReference(['predict-prob', model, labelled, k, threshold])
    const options = ['--pretokenized', '-k', k, '-t', threshold]
    const fromFile = await run('predict', model, '--input', labelled, ...options)
    expect(fromFile).toEqual({ code: 0, stdout: expected, stderr: '' })
    // Without a line feed at its end, and through standard input.
    expect((await runWithInput(text, 'predict', model, ...options)).stdout).toBe(expected)
  })

  test.each([
    ['1', '0'],
    ['2', '0.3'],
    ['-1', '0.05'],
  ])('test prints what the reference prints, figure for figure: -k %s -t %s', async (k, threshold) => {
    const options = ['--pretokenized', '-k', k, '-t', threshold]
    const { stdout } = await run('test', model, labelled, ...options)
    expect(stdout).toBe(runReference(['test', model, labelled, k, threshold]))
  })

  test('test counts labels anywhere and with other prefixes as the reference does, and says what it leaves out', async () => {
    const moved = join(folder, 'moved.txt')
    const swapped = lines.map((line) => {
      const tokens = line.replaceAll('__label__', '__class__').split(' ')
      return [...tokens.slice(1), tokens[0]].join(' ')
    })
    const extra = ['no label here', '__class__new 词1w2', '', '你 好 __class__new']
    const all = [...swapped, ...extra]
    writeFileSync(moved, `${all.join('\n')}\n`)
    const options = ['-label', '__class__', '-epoch', '5', '-dim', '20']
    const trainFile = join(folder, 'moved-train.txt')
    writeFileSync(trainFile, `${swapped.join('\n')}\n`)
    const own = trainReference('supervised', trainFile, join(folder, 'own'), options)
    const expected = runReference(['test', own, moved])
    expect(expected).toContain(`N\t${lines.length}\n`)
    const windows = join(folder, 'windows.txt')
    writeFileSync(windows, `\ufeff${all.join('\r\n')}\r\n`)
    for (const file of [moved, windows]) {
      const tested = await run('test', own, file, '--pretokenized')
      expect(tested.stdout).toBe(expected)
      expect(tested.stderr).toBe(
        `3 of ${lines.length + 3} lines are not counted: 3 without a label that the model has; labels that the model does not have: "__class__new" (2)\n`,
      )
      // Cut by jieba, no label is in pieces.
      expect((await run('test', own, file)).stdout).toContain(`N\t${lines.length}\n`)
    }
  })

  test('test and predict take a line with ends of lines in it for one text, as the reference takes it without them', async () => {
    const inside = join(folder, 'inside.txt')
    const odd = lines.map((line) =>
      line.split(' ').join(' </s> \r ').replaceAll('\r </s> __label__', '__label__'),
    )
    writeFileSync(inside, odd.map((line) => `${line}\r\n`).join(''))
    const plain = join(folder, 'plain.txt')
    writeFileSync(plain, lines.map((line) => `${line}\n`).join(''))
    expect((await run('test', model, inside, '--pretokenized')).stdout).toBe(
      runReference(['test', model, plain]),
    )
    expect((await run('predict', model, '--pretokenized', '--input', inside)).stdout).toBe(
      runReference(['predict-prob', model, plain]),
    )
  })

  test('test reports a file in which no line has a label', async () => {
    const unlabelled = join(folder, 'unlabelled.txt')
    writeFileSync(unlabelled, '你 好\n')
    expect((await run('test', model, unlabelled)).stdout).toBe(runReference(['test', model, unlabelled]))
  })

  test('test --per-label prints the lines of test-label, and the recall that this release of it leaves out', async () => {
    const options = ['--pretokenized', '-t', '0.3', '--per-label']
    const mine = (await run('test', model, labelled, ...options)).stdout.split('\n')
    const theirs = runReference(['test-label', model, labelled, '1', '0.3']).split('\n')
    const precisionAndLabel = (line: string): string =>
      line.replace(/^F1-Score : \S+ {2}/, '').replace(/Recall : \S+/, '')
    expect(mine.map(precisionAndLabel)).toEqual(theirs.map(precisionAndLabel))

    const answers = runReference(['predict-prob', model, labelled, '1', '0.3']).split('\n')
    const known = new Set(theirs.flatMap((line) => /__label__\S+$/.exec(line)?.[0] ?? []))
    const examples = `${text}\n`.split('\n').flatMap((line, i) => {
      const gold = line.split(' ').filter((token) => known.has(token))
      return gold.length === 0 ? [] : [{ gold, answer: answers[i]?.split(' ')[0] }]
    })
    for (const label of known) {
      const gold = examples.flatMap((example) => example.gold).filter((one) => one === label).length
      const hits = examples.filter(
        (example) => example.answer === label && example.gold.includes(label),
      ).length
      const predicted = examples.filter((example) => example.answer === label).length
      const cell = (value: number): string => (Number.isNaN(value) ? '--------' : value.toFixed(6))
      const line = mine.find((one) => one.endsWith(`   ${label}`))
      expect(line).toContain(`Recall : ${cell(hits / gold)} `)
      expect(line).toContain(`F1-Score : ${cell((2 * hits) / (predicted + gold))} `)
    }
  })

  test('explain lists parts that add up to the score; of what is not listed, the sum', async () => {
    const [line = ''] = lines
    const text = line.replaceAll(/__label__\S+ ?/g, '')
    const printed = await run('explain', model, '--pretokenized', '-k', '2', '--limit', '3', text)
    expect(printed.code).toBe(0)
    const blocks = printed.stdout.split(/^  (?=__label__)/m).slice(1)
    const expected = runReference(['predict-prob', model, '-', '2'], `${text}\n`).trim().split(' ')
    expect(blocks.map((block) => block.split(' ')[0])).toEqual([expected[0], expected[2]])
    for (const block of blocks) {
      const scores = [...block.matchAll(/^ {4}([+-]\d+\.\d{4})/gm)].map(([, score]) => Number(score))
      expect(block).toMatch(/^ {4}[+-]\d+\.\d{4} +\d+ more$/m)
      expect(scores).toHaveLength(5)
      const parts = scores.slice(0, -1).reduce((sum, score) => sum + score, 0)
      expect(parts).toBeCloseTo(scores.at(-1) ?? NaN, 3)
      // The loss of this model is ova: the score is the logit of the probability.
      const probability = Number(/__label__\S+ (\S+)/.exec(block)?.[1])
      expect(1 / (1 + Math.exp(-(scores.at(-1) ?? NaN)))).toBeCloseTo(probability, 2)
    }
    const fromFile = await runWithInput(
      `${text}\nnothing_of_it_is_known\n`,
      'explain',
      model,
      '--pretokenized',
      '--json',
    )
    expect(fromFile.stdout.trim().split('\n').map((one) => (JSON.parse(one) as { text: string }).text)).toEqual([text, 'nothing_of_it_is_known']) // prettier-ignore
  })

  test.each([
    [['--label', 'none'], /no label none/],
    [['-k', '0'], /-k takes a whole number from 1 on, not “0”/],
    [['-k', '1.5'], /-k takes a whole number from 1 on, not “1.5”/],
    [['--limit', '1e3'], /--limit takes a whole number/],
  ])('explain refuses %s', async (options, message) => {
    expect(await run('explain', model, '--pretokenized', ...options, '词')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(message) as string,
    })
  })

  test('a wrong number or file is refused with what to give', async () => {
    expect(await run('predict', model, '-k', '0')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('-1 for all') as string,
    })
    expect(await run('predict', model, '-t', 'x')).toMatchObject({ code: 2 })
    const missing = await run('predict', join(folder, 'none.bin'))
    expect(missing).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('model_file_not_found') as string,
    })
    const noText = await run('test', model, join(folder, 'none.txt'))
    expect(noText).toMatchObject({ code: 2, stderr: expect.stringContaining('none.txt') as string })
    const noModel = await runWithInput('', 'predict', labelled)
    expect(noModel).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('model_file_invalid') as string,
    })
  })
})

function parsePredictions(printed: string): { labels: string[]; probabilities: number[] }[] {
  return printed
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(' '))
    .map((cells) => ({
      labels: cells.filter((_, i) => i % 2 === 0),
      probabilities: cells.filter((_, i) => i % 2 === 1).map(Number),
    }))
}

describe('predict and test on raw text', () => {
  test.skipIf(missingPythonJieba !== undefined || isReferenceMissing())(
    'cut lines as in training, and keep the labels before them',
    async () => {
      const utterances = readTestSet()
      const cut = cutInPython(utterances.map(({ text }) => text))
      const tokenized = utterances.map(({ label }, i) => `${label} ${cut[i] ?? ''}\n`).join('')
      const corpus = join(exampleFolder, 'corpus/test.txt')
      const reference = parsePredictions(runReference(['predict-prob', secondModel, '-', '2'], tokenized))
      const mine = parsePredictions((await run('predict', secondModel, '--input', corpus, '-k', '2')).stdout)
      expect(mine.map(({ labels }) => labels)).toEqual(reference.map(({ labels }) => labels))
      const distances = mine.flatMap(({ probabilities }, i) =>
        probabilities.map((probability, j) => Math.abs(probability - (reference[i]?.probabilities[j] ?? 9))),
      )
      expect(distances).toHaveLength(2 * utterances.length)
      expect(Math.max(...distances)).toBeLessThanOrEqual(1e-5)
      const folder = mkdtempSync(join(tmpdir(), 'changeover-ask-'))
      try {
        const cutCorpus = join(folder, 'test.cut')
        writeFileSync(cutCorpus, tokenized)
        const expected = runReference(['test', secondModel, cutCorpus])
        expect((await run('test', secondModel, corpus)).stdout).toBe(expected)
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
  )

  test('ask a published version by its name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'changeover-ask-'))
    try {
      const config = join(folder, 'changeover.yaml')
      writeFileSync(config, 'service: ./service.ts\nmodels:\n  name_question:\n    tokenizer: jieba\n')
      expect(await run('publish', secondModel, '--config', config)).toMatchObject({ code: 0 })
      const asked = ['predict', 'name_question@1795419028', '--config', config]
      const byVersion = await runWithInput('您贵姓\n今天天气', ...asked)
      expect(byVersion.stdout).toMatch(/^__label__\S+ [\d.]+\n__label__\S+ [\d.]+\n$/)
      expect((await runWithInput('您贵姓\n今天天气', 'predict', secondModel)).stdout).toBe(byVersion.stdout)
      const inactive = await runWithInput('', 'predict', 'name_question', '--config', config)
      expect(inactive).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('has no active version') as string,
      })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

describe('inspect', () => {
  test('shows arguments, sizes, words, labels, and what the model is served as', async () => {
    const { stdout } = await run('inspect', secondModel)
    for (const part of ['loss', 'dimensions', 'word n-grams', 'input matrix', 'words', '</s>', '__label__'])
      expect(stdout).toContain(part)
    expect(stdout).toMatch(/served as +\S+ [KM]iB \(folded, 2 numbers a row\)/)
    const { compiled } = JSON.parse((await run('inspect', '--json', secondModel)).stdout) as {
      compiled: { folded: boolean; sizeBytes: number }
    }
    expect(compiled).toMatchObject({ folded: true })
    expect(compiled.sizeBytes).toBeGreaterThan(1_000)
  })

  test.skipIf(isReferenceMissing())('describes word vectors, which cannot be served', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'changeover-ask-'))
    try {
      const training = join(folder, 'train.txt')
      writeFileSync(training, trainingLines(0).join('\n'))
      const model = trainReference('skipgram', training, join(folder, 'vectors'), [
        '-minCount',
        '1',
        '-bucket',
        '10',
      ])
      const { stdout } = await run('inspect', model)
      expect(stdout).toContain('a sg fastText model')
      expect(stdout).toContain('served as          not at all')
      const refused = await runWithInput('你好', 'predict', model)
      expect(refused).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('word vectors (sg)') as string,
      })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
