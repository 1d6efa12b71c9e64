import { writeFileSync } from 'node:fs'

import type { Command } from 'commander'

import type { AskedText, ComparedModel, ExplainedComparison } from '../../../compare/index.ts'
import { compareModels, openCompared } from '../../../compare/index.ts'
import { dataPaths, loadConfig } from '../../../config/index.ts'
import { ChangeoverError, toMessage } from '../../../contracts/index.ts'
import { createLabelTest } from '../../../engine/fasttext/index.ts'
import { readGoldenSet } from '../../../gates/run/index.ts'
import { chooseModel } from '../../../store/index.ts'
import { readRecord } from '../../../traffic-sample/index.ts'
import type { ConfigOption } from '../../options/config-option.ts'
import { withConfig } from '../../options/config-option.ts'
import { renderComparePage } from '../../output/compare-page.ts'
import { printLine } from '../../output/output.ts'
import { createBar } from '../../output/progress-bar.ts'
import type { Compared } from '../../output/show-comparison.ts'
import { showComparison } from '../../output/show-comparison.ts'

type Options = ConfigOption & { readonly on: string; readonly html?: string; readonly json?: true }

const maxRecorded = 100_000
/** Enough for a page; of each text the features that made the difference are found. */
const maxExplained = 100

export function addCompare(program: Command): void {
  withConfig(program.command('compare <model> <a> <b>'))
    .description('show which answers change when one version takes the place of another')
    .requiredOption(
      '--on <file>',
      'the texts: a file, labelled or not, or “recorded” for those of live traffic',
    )
    .option('--html <file>', 'write one self-contained page too, to attach to a review')
    .option('--json', 'print one JSON object, with every changed text')
    .addHelpText(
      'after',
      `
Each version is one of the store, or a model file. For the most surprising texts it says which words, word pairs
and subwords made the difference. Lines of the file are fastText's: labels, where they are known,
then the text, which may be raw. Needs no running stack.

Examples:
  changeover compare name_question 1591259822 1591346222 --on corpus/test.txt
  changeover compare name_question 1591259822 name_question_1591346222.bin --on recorded --html changes.html`,
    )
    .action(async (name: string, a: string, b: string, options: Options) => {
      const { config } = await loadConfig(options.config)
      const { store, record } = dataPaths(config.data)
      const model = chooseModel(name, config)
      const before = openCompared(a, model, config, store)
      const after = openCompared(b, model, config, store)
      const texts =
        options.on === 'recorded'
          ? readRecorded(record, model)
          : readFile(options.on, [...before.labels, ...after.labels])
      const comparison = compare(before, after, texts)
      const compared: Compared = { model, a: before.name, b: after.name, on: options.on }
      if (options.html !== undefined) writePage(options.html, renderComparePage(compared, comparison))
      if (options.json) printLine(JSON.stringify({ ...compared, ...comparison }))
      else showComparison(compared, comparison)
    })
}

function readRecorded(recordFolder: string, model: string): AskedText[] {
  const texts = readRecord(recordFolder, model, maxRecorded).map((text): AskedText => ({ text, truth: [] }))
  if (texts.length > 0) return texts
  throw new ChangeoverError(
    'bad_usage',
    `no text of ${model} is recorded; write \`record: {}\` under models.${model} in the configuration, start again, and let it serve for a while`,
  )
}

function readFile(file: string, labels: readonly string[]): AskedText[] {
  const texts = readGoldenSet(file, createLabelTest(labels))
  if (texts.length > 0) return texts
  throw new ChangeoverError('bad_usage', `${file} has no lines; specify a file with one text per line`)
}

function compare(
  before: ComparedModel,
  after: ComparedModel,
  texts: readonly AskedText[],
): ExplainedComparison {
  const showProgress = createBar(performance.now())
  const goesOn = (share: number): boolean => {
    showProgress(share)
    return true
  }
  try {
    return compareModels(before, after, texts, { maxExplained, goesOn })
  } finally {
    before.release()
    after.release()
  }
}

function writePage(file: string, page: string): void {
  try {
    writeFileSync(file, page)
  } catch (error) {
    const why = toMessage(error)
    throw new ChangeoverError('bad_usage', `the page cannot be written to ${file}: ${why}`, { cause: error })
  }
}
