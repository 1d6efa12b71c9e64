import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { askedLines, trainingLines } from '../../harness/models/training-text.ts'
import {
  isReferenceMissing,
  predictReference,
  runReference,
  trainReference,
} from '../../harness/reference-fasttext.ts'
import { createTokenizers, loadVersion, publish } from '../../src/store/index.ts'
import { compareLine, createTally } from '../support/compare-predictions.ts'
import { describeModelFile, openModelFile } from '../support/open-model.ts'

const dim = 13

describe.skipIf(isReferenceMissing())('beside the reference program', () => {
  let folder = ''
  let trainingFile = ''

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'changeover-fasttext-'))
    trainingFile = join(folder, 'train.txt')
    writeFileSync(
      trainingFile,
      trainingLines(40)
        .map((line) => `${line}\n`)
        .join(''),
    )
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const train = (name: string, ...options: string[]): string =>
    trainReference('supervised', trainingFile, join(folder, name), ['-epoch', '3', ...options])

  it('takes a text of several lines as the program takes them as one', () => {
    const model = train('lines', '-wordNgrams', '2', '-bucket', '1000')
    const predictor = openModelFile(model)
    const tally = createTally()
    const texts = [
      ['名字\n天气', '名字 天气'],
      ['名字\r\n\r\n天气\n', '名字 天气'],
      ['\n天气', '天气'],
      ['\n', ''],
      ['天气 </s> 名字', '天气 名字'],
      ['天气\n</s>\n名字', '天气 名字'],
      ['</s>', ''],
      ['</s> 天气', '天气'],
      ['名字</s> 天气', '名字</s> 天气'],
    ] as const
    for (const [text, line] of texts) {
      const [reference] = predictReference(model, [line], 5)
      compareLine(tally, 'softmax', text, predictor.predict(text, 5), reference ?? [])
    }
    expect(tally).toMatchObject({ predictions: 5 * texts.length, nearTies: [], wrong: [] })
  })

  it('describes the labels and the sizes that the program reports', () => {
    const model = train('described', '-bucket', '50', '-minn', '2', '-maxn', '3')
    const dictionary = runReference(['dump', model, 'dict']).split('\n')
    const args = runReference(['dump', model, 'args'])
    const description = describeModelFile(model)
    expect(dictionary[0]).toBe(String(description.nWords + description.nLabels))
    const labels = dictionary.filter((line) => line.endsWith(' label'))
    expect(description.labels.map(({ text, count }) => `${text} ${count} label`)).toEqual(labels)
    const names = [
      'dim',
      'ws',
      'epoch',
      'minCount',
      'neg',
      'wordNgrams',
      'bucket',
      'minn',
      'maxn',
      't',
    ] as const
    for (const name of names) expect(args).toContain(`${name} ${description.args[name]}\n`)
  })

  it.each([
    { name: 'many labels for few dimensions', options: ['-dim', String(dim)], quantized: false },
    { name: 'kept on demand', options: ['-dim', String(dim), '-bucket', '500'], quantized: false },
    { name: 'quantized', options: ['-dim', String(dim), '-bucket', '500'], quantized: true },
  ])('gives the same sentence vectors: $name', ({ name, options, quantized }) => {
    const dense = train(`vectors-${name.replaceAll(' ', '-')}`, '-minn', '2', '-maxn', '3', ...options)
    const base = dense.replace(/\.bin$/, '')
    if (quantized) runReference(['quantize', '-input', trainingFile, '-output', base, '-qnorm'])
    const model = quantized ? `${base}.ftz` : dense
    const predictor = openModelFile(model, { keepVectors: true })
    const lines = askedLines(40, 300)
    const input = lines.map((line) => `${line}\n`).join('')
    const printed = runReference(['print-sentence-vectors', model], input).split('\n').slice(0, -1)
    expect(printed).toHaveLength(lines.length)
    lines.forEach((line, i) => {
      const expected = (printed[i] as string).trim().split(' ').map(Number)
      expect(expected).toHaveLength(dim)
      const vector = predictor.sentenceVector(line)
      // The program prints five significant digits.
      expected.forEach((value, j) =>
        expect(Math.abs((vector[j] as number) - value)).toBeLessThanOrEqual(
          1e-5 * Math.max(1, Math.abs(value)),
        ),
      )
    })
  })

  it('says that a folded version has no sentence vectors', () => {
    const predictor = openModelFile(train('folded', '-dim', '100'))
    expect(predictor.description.folded).toBe(true)
    expect(() => predictor.sentenceVector('天气')).toThrow(expect.objectContaining({ code: 'no_vectors' }))
  })

  it('gives them from a version that was published to keep them, and from no other', () => {
    const model = train('kept', '-dim', '60', '-bucket', '500')
    const storePath = join(folder, 'store')
    const request = {
      storePath,
      model: 'm',
      version: '1',
      file: model,
      tokenizer: 'whitespace',
      nowMs: 0,
    } as const
    publish(request)
    publish({ ...request, version: '2', sentenceVectors: true })
    expect(() => publish({ ...request, sentenceVectors: true })).toThrow('no sentence vectors')
    const open = (version: string) => loadVersion(storePath, { model: 'm', version }, createTokenizers())
    const text = askedLines(40, 1).at(-1) as string
    const expected = openModelFile(model, { keepVectors: true }).sentenceVector(text)
    expect(expected.some((value) => value !== 0)).toBe(true)
    expect(open('2').sentenceVector(text)).toEqual(expected)
    expect(() => open('1').sentenceVector(text)).toThrow('sentenceVectors: true')
  })

  it('reads a file of version 11 as the program does: without subwords', () => {
    const model = train('version-12', '-minn', '2', '-maxn', '4', '-bucket', '500')
    const bytes = readFileSync(model)
    bytes.writeInt32LE(11, 4)
    const older = join(folder, 'version-11.bin')
    writeFileSync(older, bytes)
    const predictor = openModelFile(older)
    expect(predictor.description.maxn).toBe(0)
    const lines = askedLines(40, 300)
    const reference = predictReference(older, lines, 5)
    const tally = createTally()
    lines.forEach((line, i) =>
      compareLine(tally, 'softmax', line, predictor.predict(line, 5), reference[i] ?? []),
    )
    expect(tally.wrong).toEqual([])
    expect(predictReference(model, lines, 5)).not.toEqual(reference)
  })

  it.each(['skipgram', 'cbow'] as const)('describes but does not serve the word vectors of %s', (command) => {
    const options = ['-minCount', '1', '-bucket', '100']
    const model = trainReference(command, trainingFile, join(folder, command), options)
    expect(describeModelFile(model).args.model).toBe(command === 'cbow' ? 'cbow' : 'sg')
    expect(() => openModelFile(model)).toThrow(expect.objectContaining({ code: 'not_supervised' }))
  })
})
