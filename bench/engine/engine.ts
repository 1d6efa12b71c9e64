import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { createRunFolder, exampleFolder } from '../../harness/models/example-models.ts'
import { readInstalledTexts } from '../../harness/python-jieba.ts'
import { checkRequirements } from '../../harness/stacks/requirements.ts'
import { median } from '../../harness/statistics.ts'
import { timeCourseLoad } from '../tutorial/load-time.ts'
import { say } from '../tutorial/report.ts'
import type { Subjects } from './models.ts'
import { prepareSubjects } from './models.ts'
import { compile, measureTwoProcesses, timeCut, timeLines, timeLoad, timeTextToLabel } from './our-engine.ts'
import { timePythonCut, timeReferenceLines } from './reference-engine.ts'

const rounds = 5
const cutTextsEach = 1_500
const bytesPerMb = 1 << 20

/** Every measured value, in the order in which it was taken. */
type Samples = Record<string, number[]>

const asked = ['folded', 'many_labels', 'lid176'] as const

/** Compares the engine with the reference program and with Python's jieba, each measured in turns; medians, and all samples. */
export async function runEngine(signal: AbortSignal): Promise<object> {
  checkRequirements()
  const folder = createRunFolder()
  try {
    say('training what no earlier run has, and compiling')
    const subjects = prepareSubjects(folder)
    const compiled = (name: string): string => join(folder, `${name}.compiled`)
    const compileMs = compile(subjects.folded.model, compiled('folded'))
    for (const name of ['many_labels', 'lid176'] as const) compile(subjects[name].model, compiled(name))
    compile(subjects.small, compiled('small'))
    const samples = takeSamples(subjects, compiled, folder, signal)
    const figures = compare(samples)
    const large = {
      pss_two_workers_mb: await measureTwoProcesses(compiled('folded'), subjects.folded.lines),
      source_mb: statSync(subjects.folded.model).size / bytesPerMb,
      compiled_mb: statSync(compiled('folded')).size / bytesPerMb,
      compile_ms: compileMs,
    }
    for (const [name, value] of Object.entries({ ...figures, ...large }))
      say(`${name.padEnd(32)}${value.toFixed(3)}`)
    return { benchmark: 'engine', ...figures, ...large, rounds, samples }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function takeSamples(
  subjects: Subjects,
  compiled: (name: string) => string,
  folder: string,
  signal: AbortSignal,
): Samples {
  const samples: Samples = {}
  const take = (name: string, value: number): void => void (samples[name] ??= []).push(value)
  const cutTexts = join(folder, 'cut.json')
  writeFileSync(cutTexts, JSON.stringify(Object.values(readInstalledTexts(cutTextsEach)).flat()))
  const utterances = join(folder, 'utterances.json')
  writeFileSync(utterances, JSON.stringify(readCourseUtterances()))
  const lineCounts = asked.map((name) => readFileSync(subjects[name].lines, 'utf8').split('\n').length - 1)
  for (let round = 0; round < rounds; round++) {
    signal.throwIfAborted()
    say(`round ${round + 1} of ${rounds}`)
    for (const [i, name] of asked.entries()) {
      const { model, lines } = subjects[name]
      take(`${name}_us`, timeLines(compiled(name), lines))
      take(`reference_${name}_us`, timeReferenceLines(model, lines, lineCounts[i] ?? NaN))
    }
    take('jieba_ms', timeCut(cutTexts))
    take('python_jieba_ms', timePythonCut(cutTexts))
    take('text_to_label_us', timeTextToLabel(compiled('folded'), utterances))
    take('load_ms_8mb', timeLoad(compiled('small')))
    take('load_ms_800mb', timeLoad(compiled('folded')))
    take('reference_load_ms', timeCourseLoad(subjects.folded.model))
  }
  return samples
}

function compare(samples: Samples): Record<string, number> {
  const figures = Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, median(values)]))
  const ratio = (ours: string, theirs: string): number => (figures[ours] ?? NaN) / (figures[theirs] ?? NaN)
  return {
    folded_ratio: ratio('folded_us', 'reference_folded_us'),
    many_labels_ratio: ratio('many_labels_us', 'reference_many_labels_us'),
    lid176_ratio: ratio('lid176_us', 'reference_lid176_us'),
    jieba_ratio: ratio('jieba_ms', 'python_jieba_ms'),
    load_growth: ratio('load_ms_800mb', 'load_ms_8mb'),
    ...figures,
  }
}

function readCourseUtterances(): readonly string[] {
  const request = JSON.parse(readFileSync(join(exampleFolder, 'request.json'), 'utf8')) as {
    text: readonly (readonly [string, number])[]
  }
  return request.text.map(([text]) => text)
}
