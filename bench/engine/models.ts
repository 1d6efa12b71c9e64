import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import {
  cacheFolder,
  createRunFolder,
  cutWords,
  exampleFolder,
  trainModels,
} from '../../harness/models/example-models.ts'
import { readTranslatedLines } from '../../harness/models/multilingual-text.ts'
import { trainingLines } from '../../harness/models/training-text.ts'
import { languageModel } from '../../harness/paths.ts'

/** A model and the lines that it is asked about, in a file, cut into words. */
export type Subject = { readonly model: string; readonly lines: string }

export type Subjects = Readonly<Record<'folded' | 'many_labels' | 'lid176', Subject>> & {
  /** 100 dimensions as the large one, but 8 MB. */
  readonly small: string
}

const linesWanted = 200_000
const linesALanguage = 400
const fewerLines = 50_000

/** Trains what no earlier run has, and writes the lines. */
export function prepareSubjects(folder: string): Subjects {
  const [large] = trainModels()
  const cut = join(folder, 'utterances.cut')
  cutWords(join(exampleFolder, 'corpus/train.txt'), cut)
  const utterances = readFileSync(cut, 'utf8').split('\n').filter(Boolean).map(withoutLabel)
  const manyLabels = join(folder, 'many-labels.train')
  const labelled = trainingLines(300)
  writeFileSync(manyLabels, labelled.map((line) => `${line}\n`).join(''))
  const languages = Object.values(readTranslatedLines(linesALanguage)).flat()
  return {
    folded: { model: large, lines: writeLines(folder, 'folded.txt', utterances, linesWanted) },
    many_labels: {
      model: train('many-labels.bin', manyLabels, ['-wordNgrams', '2', '-bucket', '100000', '-epoch', '5']),
      lines: writeLines(folder, 'many-labels.txt', labelled.map(withoutLabel), fewerLines),
    },
    lid176: { model: languageModel, lines: writeLines(folder, 'languages.txt', languages, languages.length) },
    small: train('small.bin', cut, ['-wordNgrams', '2', '-bucket', '20000', '-lr', '0.5']),
  }
}

const withoutLabel = (line: string): string => line.replace(/^(?:__label__\S+ )+/, '')

/** That many lines: those given, repeated. */
function writeLines(folder: string, name: string, lines: readonly string[], wanted: number): string {
  const path = join(folder, name)
  const repeated = Array.from({ length: wanted }, (_, i) => lines[i % lines.length] ?? '')
  writeFileSync(path, repeated.map((line) => `${line}\n`).join(''))
  return path
}

function train(name: string, input: string, options: readonly string[]): string {
  const file = join(cacheFolder, name)
  if (existsSync(file)) return file
  const workFolder = createRunFolder()
  try {
    const output = join(workFolder, 'model')
    const args = ['supervised', '-input', input, '-output', output, '-verbose', '0', ...options]
    execFileSync('/usr/bin/fasttext', args)
    renameSync(`${output}.bin`, file)
    return file
  } finally {
    rmSync(workFolder, { recursive: true, force: true })
  }
}
