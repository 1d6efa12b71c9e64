import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { trainingLines } from '../../harness/models/training-text.ts'
import { isReferenceMissing, runReference, trainReference } from '../../harness/reference-fasttext.ts'
import type { FuzzReport } from '../support/fuzz-models.ts'

const seed = 20_261_123
const randomCasesPerFile = 3_000
const hangMs = 1_000
const memoryBytes = 8 << 20

const models = [
  { name: 'softmax', labels: 0, options: ['-dim', '3', '-bucket', '20', '-wordNgrams', '2'] },
  { name: 'unfolded', labels: 40, options: ['-dim', '2', '-bucket', '300', '-minn', '2', '-maxn', '3'] },
  { name: 'hs', labels: 40, options: ['-dim', '2', '-loss', 'hs', '-bucket', '300', '-wordNgrams', '2'] },
  {
    name: 'quantized',
    labels: 40,
    options: ['-dim', '4', '-bucket', '300', '-wordNgrams', '2'],
    quantize: ['-qnorm'],
  },
  {
    name: 'pruned',
    labels: 300,
    options: ['-dim', '4', '-bucket', '900', '-minn', '2', '-maxn', '3', '-loss', 'hs'],
    quantize: ['-cutoff', '300', '-qout'],
  },
]

/** The process that reads the files; a limit on its heap makes a leak or a runaway list end it. */
function fuzz(files: readonly string[]): FuzzReport {
  const jiti = fileURLToPath(new URL('../../node_modules/jiti/lib/jiti-cli.mjs', import.meta.url))
  const program = fileURLToPath(new URL('../support/fuzz-models.ts', import.meta.url))
  const options = ['--max-old-space-size=256', jiti, program, String(seed), String(randomCasesPerFile)]
  return JSON.parse(
    execFileSync(process.execPath, [...options, ...files], { encoding: 'utf8', timeout: 240_000 }),
  ) as FuzzReport
}

describe.skipIf(isReferenceMissing())('damaged and hostile model files', () => {
  let folder = ''
  let report: FuzzReport
  let smallestBytes = 0

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'changeover-hostile-'))
    const files = models.map(({ name, labels, options, quantize }) => {
      const training = join(folder, `${name}.txt`)
      writeFileSync(
        training,
        trainingLines(labels)
          .map((line) => `${line}\n`)
          .join(''),
      )
      const base = join(folder, name)
      const model = trainReference('supervised', training, base, ['-epoch', '1', ...options])
      if (quantize === undefined) return model
      runReference(['quantize', '-input', training, '-output', base, ...quantize])
      return `${base}.ftz`
    })
    smallestBytes = statSync(files[0] as string).size
    report = fuzz(files)
    console.log(`seed ${seed}:`, report)
  }, 250_000)

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('tries at least 20,000 of them, with every truncation of the smallest', () => {
    expect(smallestBytes).toBeLessThan(3_000)
    expect(report.cases).toBeGreaterThanOrEqual(20_000)
  })

  it('refuses each with a typed error that names a byte of the file, or serves it', () => {
    expect(report.faults).toEqual([])
    for (const code of [
      'truncated',
      'bad_argument',
      'bad_dictionary',
      'bad_matrix_shape',
      'bad_quantizer',
      'not_finite',
    ])
      expect(report.outcomes).toHaveProperty(code)
    expect(report.outcomes['served']).toBeGreaterThan(100)
  })

  it('never takes a second', () => {
    expect(report.slowestMs).toBeLessThan(hangMs)
  })

  it('takes no more memory than its buffers and eight times the file', () => {
    expect(report.largestExtraBytes).toBeLessThan(memoryBytes)
  })
})
