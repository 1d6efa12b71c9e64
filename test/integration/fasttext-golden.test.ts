import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ByteSource,
  type Prediction,
  type Predictor,
  compileModel,
  openCompiled,
  readModel,
} from '../../src/fasttext/index.ts'
import {
  type ReferencePrediction,
  isReferenceMissing,
  predictReference,
  runReference,
  trainReference,
} from '../support/reference-fasttext.ts'

const TOLERANCE = 1e-5
/** Two probabilities this close may change places between machines. */
const NEAR_TIE = 2e-6

const SENTENCES = [
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

const ODD_LINES = [
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
function createDice(seed: number): (limit: number) => number {
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

const withoutLabel = (line: string): string => line.replace(/^__label__\S+ /, '')

function openFileSource(path: string): ByteSource & { close(): void } {
  const descriptor = openSync(path, 'r')
  return {
    sizeBytes: fstatSync(descriptor).size,
    read(offset, target) {
      for (let done = 0; done < target.length;) {
        const count = readSync(descriptor, target, done, target.length - done, offset + done)
        if (count === 0) throw new Error('the file ended')
        done += count
      }
    },
    close: () => closeSync(descriptor),
  }
}

function withSource<T>(path: string, use: (source: ByteSource) => T): T {
  const source = openFileSource(path)
  try {
    return use(source)
  } finally {
    source.close()
  }
}

function openModel(path: string): Predictor {
  return withSource(path, (source) => {
    const pieces: Uint8Array[] = []
    const write = (_offset: number, bytes: Uint8Array): void => void pieces.push(bytes.slice())
    const { sizeBytes } = compileModel(source, { write })
    const compiled = new Uint8Array(sizeBytes)
    let end = 0
    for (const piece of pieces) {
      compiled.set(piece, end)
      end += piece.length
    }
    return openCompiled(compiled.buffer)
  })
}

type Tally = { predictions: number; equal: number; readonly nearTies: string[]; readonly wrong: string[] }

const createTally = (): Tally => ({ predictions: 0, equal: 0, nearTies: [], wrong: [] })

/** Compares one line's predictions; labels may differ only between near-ties, which are listed apart. */
function compareLine(
  tally: Tally,
  line: string,
  mine: readonly Prediction[],
  theirs: readonly ReferencePrediction[],
): void {
  if (mine.length !== theirs.length)
    tally.wrong.push(`${line}: ${mine.length} predictions, not ${theirs.length}`)
  theirs.forEach((reference, i) => {
    const { label, probability } = mine[i] ?? { label: 'none', probability: Number.NaN }
    const difference = `${line}: ${label} ${probability}, not ${reference.label} ${reference.probability}`
    const distance = Math.abs(probability - reference.probability)
    tally.predictions++
    if (!(distance <= TOLERANCE)) tally.wrong.push(difference)
    else if (label !== reference.label) (distance <= NEAR_TIE ? tally.nearTies : tally.wrong).push(difference)
    else if (Number(probability.toPrecision(6)) === reference.probability) tally.equal++
  })
}

const MODELS = [
  { name: 'words alone', labels: 2, options: [] },
  { name: 'word pairs', labels: 2, options: ['-wordNgrams', '2', '-bucket', '1000'] },
  { name: 'word triples', labels: 40, options: ['-wordNgrams', '3', '-bucket', '4096'] },
  { name: 'runs of five words', labels: 40, options: ['-wordNgrams', '5', '-bucket', '99991', '-dim', '33'] },
  { name: 'subwords', labels: 2, options: ['-minn', '2', '-maxn', '4', '-bucket', '2000'] },
  { name: 'letters', labels: 40, options: ['-minn', '1', '-maxn', '3', '-bucket', '777', '-dim', '1'] },
  {
    name: 'subwords and word pairs',
    labels: 40,
    options: ['-minn', '3', '-maxn', '6', '-wordNgrams', '2', '-bucket', '5000', '-dim', '17'],
  },
  {
    name: 'frequent words alone',
    labels: 40,
    options: ['-minCount', '30', '-wordNgrams', '2', '-bucket', '500'],
  },
  {
    name: 'more labels than dimensions',
    labels: 300,
    options: ['-dim', '10', '-wordNgrams', '2', '-bucket', '700'],
  },
  { name: 'three labels', labels: 0, options: ['-wordNgrams', '2', '-bucket', '300', '-epoch', '50'] },
]

const REFUSED = [
  { name: 'hs', options: ['-loss', 'hs'], words: 'loss hs' },
  { name: 'ns', options: ['-loss', 'ns'], words: 'loss ns' },
  { name: 'ova', options: ['-loss', 'ova'], words: 'loss ova' },
]

describe.skipIf(isReferenceMissing())('beside the reference program', () => {
  let folder = ''
  const trainingFile = (labels: number): string => join(folder, `train-${labels}.txt`)
  const linesFor = (labels: number): readonly string[] => [
    ...ODD_LINES,
    ...SENTENCES.map(withoutLabel),
    ...syntheticLines(Math.max(2, labels), 1500, 99).map(withoutLabel),
  ]

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'changeover-fasttext-'))
    for (const labels of [0, 2, 40, 300]) {
      const lines = labels === 0 ? SENTENCES : [...syntheticLines(labels, 4000, 7), ...SENTENCES]
      writeFileSync(trainingFile(labels), lines.map((line) => `${line}\n`).join(''))
    }
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each(MODELS)('predicts as it does: $name', ({ name, labels, options }) => {
    const base = join(folder, name.replaceAll(' ', '-'))
    const model = trainReference('supervised', trainingFile(labels), base, ['-epoch', '3', ...options])
    const predictor = openModel(model)
    const lines = linesFor(labels)
    const tally = createTally()
    for (const k of [1, 5, -1]) {
      const reference = predictReference(model, lines, k)
      expect(reference).toHaveLength(lines.length)
      lines.forEach((line, i) => compareLine(tally, line, predictor.predict(line, k), reference[i] ?? []))
    }
    const share = ((100 * tally.equal) / tally.predictions).toFixed(3)
    console.log(
      `${name}: ${share} % of ${tally.predictions} equal to the last digit; near-ties:`,
      tally.nearTies,
    )
    expect(tally.wrong).toEqual([])
    expect(tally.nearTies.length).toBeLessThanOrEqual(tally.predictions / 100)
    expect(lines.map((line) => predictor.top(line))).toEqual(lines.map((line) => predictor.predict(line)[0]))
    predictor.close()
  })

  it('takes a text up to its first line feed or </s>, as the program takes a line', () => {
    const model = trainReference('supervised', trainingFile(40), join(folder, 'lines'), ['-epoch', '3'])
    const predictor = openModel(model)
    const tally = createTally()
    for (const text of ['名字\n天气', '\n天气', '天气 </s> 名字', '</s>', '</s> 天气', '名字</s> 天气']) {
      const [reference] = predictReference(model, [text], 5)
      compareLine(tally, text, predictor.predict(text, 5), reference ?? [])
    }
    expect(tally).toMatchObject({ predictions: 30, nearTies: [], wrong: [] })
  })

  it('describes the labels and the sizes that the program reports', () => {
    const options = ['-bucket', '50', '-minn', '2', '-maxn', '3']
    const model = trainReference('supervised', trainingFile(40), join(folder, 'described'), options)
    const dictionary = runReference(['dump', model, 'dict']).split('\n')
    const args = runReference(['dump', model, 'args'])
    const description = withSource(model, readModel)
    expect(dictionary[0]).toBe(String(description.nWords + description.nLabels))
    const labels = dictionary.filter((line) => line.endsWith(' label'))
    expect(description.labels.map(({ label, count }) => `${label} ${count} label`)).toEqual(labels)
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
    for (const name of names) {
      expect(args).toContain(`${name} ${description.args[name]}\n`)
    }
  })

  it.each(REFUSED)('describes but does not compile the loss $name', ({ name, options, words }) => {
    const model = trainReference('supervised', trainingFile(40), join(folder, name), options)
    expect(withSource(model, readModel).args.loss).toBe(name)
    expect(() => openModel(model)).toThrow(
      expect.objectContaining({ code: 'not_served_yet', message: expect.stringContaining(words) as string }),
    )
  })

  it.each(['skipgram', 'cbow'] as const)(
    'describes but does not compile the word vectors of %s',
    (command) => {
      const model = trainReference(command, trainingFile(0), join(folder, command), [
        '-minCount',
        '1',
        '-bucket',
        '100',
      ])
      const description = withSource(model, readModel)
      expect(description.args.model).toBe(command === 'cbow' ? 'cbow' : 'sg')
      expect(() => openModel(model)).toThrow(expect.objectContaining({ code: 'not_served_yet' }))
    },
  )

  it.each([
    { name: 'plain', options: [], pruned: false },
    { name: 'pruned', options: ['-cutoff', '300'], pruned: true },
    { name: 'with norms', options: ['-qnorm', '-dsub', '3'], pruned: false },
    { name: 'output too', options: ['-qout'], pruned: false },
  ])('describes but does not compile a quantized model: $name', ({ name, options, pruned }) => {
    const base = join(folder, `quantized-${name.replaceAll(' ', '-')}`)
    const train = ['-wordNgrams', '2', '-bucket', '500', '-epoch', '2', '-dim', '20']
    trainReference('supervised', trainingFile(300), base, train)
    runReference(['quantize', '-input', trainingFile(300), '-output', base, ...options])
    const description = withSource(`${base}.ftz`, readModel)
    expect(description).toMatchObject({ pruned, input: { kind: 'quantized' } })
    expect(() => openModel(`${base}.ftz`)).toThrow(expect.objectContaining({ code: 'not_served_yet' }))
  })
})
