import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
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
import { inRotation } from '../../harness/rotation.ts'
import type { Loss } from '../../src/engine/fasttext/index.ts'
import { compareLine, createTally, describeTally } from '../support/compare-predictions.ts'
import { describeModelFile, openModelFile } from '../support/open-model.ts'

const losses: readonly Loss[] = ['softmax', 'hs', 'ns', 'ova']

/** Few rows and dimensions: quantizing takes most of the time, in proportion to both. */
const trainings = [
  { name: 'words alone', labels: 30, options: ['-dim', '34'] },
  { name: 'two labels', labels: 2, options: ['-wordNgrams', '2', '-bucket', '300', '-dim', '40'] },
  { name: 'word pairs', labels: 40, options: ['-wordNgrams', '2', '-bucket', '500', '-dim', '20'] },
  { name: 'subwords', labels: 40, options: ['-minn', '2', '-maxn', '4', '-bucket', '700', '-dim', '15'] },
  {
    name: 'both and many labels',
    labels: 300,
    options: ['-minn', '1', '-maxn', '3', '-wordNgrams', '3', '-bucket', '700', '-dim', '8'],
  },
]

const quantizations = [
  { name: 'quantized', options: [] },
  { name: 'quantized with norms', options: ['-qnorm'] },
  { name: 'pruned', options: ['-cutoff', '400'] },
  { name: 'pruned and retrained', options: ['-cutoff', '600', '-retrain', '-epoch', '1', '-qnorm'] },
  { name: 'in subspaces of 4', options: ['-dsub', '4'] },
  { name: 'output too', options: ['-qout', '-qnorm'], minLabels: 256 },
]

/** Shapes beyond the matrix, with softmax. */
const otherShapes = [
  { name: 'the default of a hundred dimensions', labels: 90, options: [] },
  { name: 'runs of five words', labels: 40, options: ['-wordNgrams', '5', '-bucket', '99991', '-dim', '33'] },
  {
    name: 'letters in one dimension',
    labels: 40,
    options: ['-minn', '1', '-maxn', '3', '-bucket', '777', '-dim', '1'],
  },
  {
    name: 'frequent words alone',
    labels: 40,
    options: ['-minCount', '30', '-wordNgrams', '2', '-bucket', '500'],
  },
  { name: 'three labels', labels: 0, options: ['-wordNgrams', '2', '-bucket', '300', '-epoch', '50'] },
]

const modelShapes = [
  ...losses.flatMap((loss) =>
    trainings.map((training) => ({ ...training, loss, lines: 800, isQuantized: true })),
  ),
  ...otherShapes.map((shape) => ({ ...shape, loss: 'softmax', lines: 1_500, isQuantized: false })),
]

describe.skipIf(isReferenceMissing())('beside the reference program', () => {
  let folder = ''
  let models = 0
  const trainingFile = (labels: number): string => join(folder, `train-${labels}.txt`)

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'changeover-fasttext-'))
    for (const labels of [0, 2, 30, 40, 90, 300])
      writeFileSync(
        trainingFile(labels),
        trainingLines(labels)
          .map((line) => `${line}\n`)
          .join(''),
      )
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const train = (labels: number, options: readonly string[]): string => {
    const base = join(folder, `model-${models++}`)
    return trainReference('supervised', trainingFile(labels), base, ['-epoch', '3', ...options])
  }

  const quantize = (model: string, labels: number, options: readonly string[]): string => {
    const base = model.replace(/\.bin$/, '')
    const threads = ['-thread', '1']
    runReference(['quantize', '-input', trainingFile(labels), '-output', base, ...threads, ...options])
    return `${base}.ftz`
  }

  /** Asks both about the same lines, with several k and a threshold. */
  const compare = (name: string, model: string, lines: readonly string[]): void => {
    const { loss } = describeModelFile(model).args
    const predictor = openModelFile(model)
    const tally = createTally()
    for (const [k, threshold] of [
      [1, 0],
      [5, 0],
      [-1, 0],
      [5, 0.05],
    ] as const) {
      const reference = predictReference(model, lines, k, threshold)
      expect(reference).toHaveLength(lines.length)
      lines.forEach((line, i) =>
        compareLine(tally, loss, line, predictor.predict(line, k, threshold), reference[i] ?? []),
      )
    }
    console.log(
      `${name} (${predictor.description.folded ? 'folded' : 'not folded'}): ${describeTally(tally)}`,
    )
    expect(tally.wrong).toEqual([])
    expect(tally.nearTies.length).toBeLessThanOrEqual(tally.predictions / 100)
    expect(lines.map((line) => predictor.top(line))).toEqual(lines.map((line) => predictor.predict(line)[0]))
    predictor.close()
  }

  it.each(inRotation('models beside the reference', modelShapes, ['src/engine/fasttext']))(
    'predicts as it does: $loss, $name',
    ({ loss, name, labels, options, lines, isQuantized }) => {
      const model = train(labels, ['-loss', loss, ...options])
      compare(`${loss}, ${name}`, model, askedLines(labels, lines))
      for (const { name: kind, options: how, minLabels = 0 } of isQuantized ? quantizations : []) {
        if (labels < minLabels) continue
        compare(`${loss}, ${name}, ${kind}`, quantize(model, labels, how), askedLines(labels, 200))
      }
    },
    120_000,
  )
})
