import { execFileSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
export const cacheFolder = join(root, '.cache/bench')

export const exampleFolder = join(root, 'examples/name-question')

/** Three versions of the model, by the course's names. Neighbours differ; the third has the content of the first again. */
export type ModelFiles = readonly [string, string, string]

/**
 * The reference program's defaults with word pairs: 100 dimensions, 2,000,000 buckets, 800 MB. With its default learning
 * rate a corpus this small teaches it nothing (every answer is a coin's), so that rate is raised; the size stays the same.
 */
const trainingOptions = ['-wordNgrams', '2', '-lr', '0.5', '-verbose', '0']

/** Trains the models where no earlier run has. */
export function trainModels(): readonly [string, string] {
  return [train('name_question_1600000000.bin', 5), train('name_question_1600000001.bin', 10)]
}

/** A folder on the models' disk for one run; it is the caller's to remove. */
export function createRunFolder(): string {
  mkdirSync(cacheFolder, { recursive: true })
  return mkdtempSync(join(cacheFolder, 'run-'))
}

/** Gives the models the names that a run deploys them by; links cost no second 800 MB. */
export function linkModels([first, second]: readonly [string, string], folder: string): ModelFiles {
  const link = (file: string, time: number): string => {
    const path = join(folder, `name_question_${time}.bin`)
    linkSync(file, path)
    return path
  }
  return [link(first, 1_600_000_000), link(second, 1_600_000_001), link(first, 1_600_000_002)]
}

function train(name: string, epochs: number): string {
  const file = join(cacheFolder, name)
  if (existsSync(file)) return file
  const workFolder = createRunFolder()
  try {
    const words = join(workFolder, 'train.cut')
    cutWords(join(exampleFolder, 'corpus/train.txt'), words)
    const output = join(workFolder, 'model')
    const options = [...trainingOptions, '-epoch', String(epochs)]
    execFileSync('/usr/bin/fasttext', ['supervised', '-input', words, '-output', output, ...options])
    renameSync(`${output}.bin`, file)
    return file
  } finally {
    rmSync(workFolder, { recursive: true, force: true })
  }
}

export function cutWords(from: string, to: string): void {
  const output = openSync(to, 'w')
  try {
    execFileSync('/usr/bin/python3', [join(exampleFolder, 'training/cut.py'), from], {
      stdio: ['ignore', output, 'inherit'],
    })
  } finally {
    closeSync(output)
  }
}
