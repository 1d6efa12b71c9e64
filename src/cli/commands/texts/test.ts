import type { Command } from 'commander'

import { readLines } from '../../input/text-lines.ts'
import type { AskedModel, AskOptions } from '../../options/asked-model.ts'
import { openAskedModel, withAskOptions } from '../../options/asked-model.ts'
import { formatSignificant } from '../../output/format-number.ts'
import type { LeftOut } from '../../output/left-out.ts'
import { countUnknown, createLeftOut, describeLeftOut } from '../../output/left-out.ts'
import { printLine } from '../../output/output.ts'
import { printAside } from '../../output/terminal.ts'
import type { Metrics } from '../metrics.ts'
import { countExample, createMetrics, f1Score, precision, recall } from '../metrics.ts'

type Options = AskOptions & { readonly perLabel?: true }

/** What ends a token in fastText. */
const whiteSpace = /[ \t\v\f\r\0]+/

export function addTest(program: Command): void {
  withAskOptions(program.command('test <model> <file>'))
    .description('count how often a model gives the labels of a labelled file')
    .option('--per-label', 'precision, recall and F1 of each label first')
    .addHelpText(
      'after',
      `
The model is a file, the name of a model (its active version), or NAME@VERSION; the file - is standard
input. Its lines are fastText's: a text and its labels, wherever they stand. Lines without a label that the
model has are not counted, and standard error says how many. Prints what fastText's test prints, or with --per-label what test-label prints.

Examples:
  changeover test name_question examples/name-question/corpus/test.txt
  changeover test model.bin test.txt --per-label
  changeover test model.bin tokenized.txt --pretokenized -k 2 -t 0.5`,
    )
    .action(async (target: string, file: string, options: Options) => {
      const { k, threshold } = options
      const model = await openAskedModel(target, options)
      try {
        const left = createLeftOut()
        const metrics = await countFile(model, file, k, threshold, left)
        const sentence = describeLeftOut(left)
        if (sentence !== undefined) printAside(`${sentence}\n`)
        if (options.perLabel) printLabels(metrics)
        printTotals(metrics, k, options.perLabel === true)
      } finally {
        model.release()
      }
    })
}

async function countFile(
  { predictor, isLabel, cut }: AskedModel,
  file: string,
  k: number,
  threshold: number,
  left: LeftOut,
): Promise<Metrics> {
  const metrics = createMetrics(predictor.labels)
  for await (const lines of readLines(file)) {
    for (const line of lines) {
      const text = cut(line)
      const tokens = text.split(whiteSpace).filter((token) => token !== '')
      if (tokens.length === 0) continue
      left.lines++
      for (const token of tokens) if (!metrics.labels.has(token) && isLabel(token)) countUnknown(left, token)
      const gold = tokens.filter((token) => metrics.labels.has(token))
      if (gold.length === 0) {
        left.withoutLabel++
        continue
      }
      const predicted = predictor.predict(text, k, threshold)
      if (predicted.length === 0 && !hasFeatures(predictor, text)) {
        left.withoutWord++
        continue
      }
      countExample(
        metrics,
        gold,
        predicted.map(({ label }) => label),
      )
    }
  }
  return metrics
}

/** No label is under a threshold of -1, so only a text without features has none. */
function hasFeatures(predictor: AskedModel['predictor'], text: string): boolean {
  return predictor.predict(text, 1, -1).length > 0
}

function printLabels({ labels }: Metrics): void {
  const cell = (value: number): string => (Number.isNaN(value) ? '--------' : value.toFixed(6))
  for (const [label, counts] of labels) {
    printLine(
      `F1-Score : ${cell(f1Score(counts))}  Precision : ${cell(precision(counts))}  ` +
        `Recall : ${cell(recall(counts))}   ${label}`,
    )
  }
}

/** The reference prints three significant digits, and three decimals below a list of labels. */
function printTotals({ examples, all }: Metrics, k: number, belowLabels: boolean): void {
  const format = (value: number): string =>
    belowLabels && !Number.isNaN(value) ? value.toFixed(3) : formatSignificant(value, 3)
  printLine(`N\t${examples}`)
  printLine(`P@${k}\t${format(precision(all))}`)
  printLine(`R@${k}\t${format(recall(all))}`)
}
