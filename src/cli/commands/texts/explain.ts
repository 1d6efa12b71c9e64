import type { Command } from 'commander'

import type { Contribution, ExplainedScore, Explanation } from '../../../engine/fasttext/index.ts'
import { readLines } from '../../input/text-lines.ts'
import type { ModelOptions } from '../../options/asked-model.ts'
import { openAskedModel, withModelOptions } from '../../options/asked-model.ts'
import { wholeNumber } from '../../options/whole-number.ts'
import { formatTable } from '../../output/output.ts'
import { showInCell, writeText } from '../../output/terminal.ts'

type Options = ModelOptions & {
  readonly input: string
  readonly k: number
  readonly label?: readonly string[]
  readonly limit: number
  readonly json?: true
}

export function addExplain(program: Command): void {
  withModelOptions(program.command('explain <model> [text]'))
    .description('print why a text has its label: what each word, word pair and subword adds to the score')
    .option('-i, --input <file>', 'the texts, one per line, unless [text] is given; - is standard input', '-')
    .option('-k, --k <count>', 'explain this many of the best labels', wholeNumber('-k', { min: 1 }), 1)
    .option(
      '--label <label>',
      'explain this label instead; may be repeated',
      (label: string, before: readonly string[] | undefined) => [...(before ?? []), label],
    )
    .option(
      '--limit <count>',
      'list this many contributions of each score',
      wholeNumber('--limit', { min: 1 }),
      20,
    )
    .option('--json', 'print one JSON object for each text')
    .addHelpText(
      'after',
      `
The model is a file, the name of a model (its active version), or NAME@VERSION. A fastText model is linear up to its
loss, so the contributions add up to the score. “shared with” names other parts of the text in the same bucket; the
model cannot tell them apart. With the loss hs, the scores are those of the nodes on the path to the label.

Examples:
  changeover explain name_question 您贵姓
  changeover explain name_question@1591259822 --label __label__other 还在么同学？
  changeover explain model.bin --input texts.txt --json`,
    )
    .action(async (target: string, text: string | undefined, options: Options) => {
      const { predictor, cut, release } = await openAskedModel(target, options)
      const { k, label: labels, limit } = options
      const explain = (line: string): string => {
        const explanations = predictor.explain(cut(line), { k, limit, ...(labels && { labels }) })
        return options.json ? `${JSON.stringify({ text: line, explanations })}\n` : format(line, explanations)
      }
      try {
        if (text !== undefined) await writeText(explain(text))
        else
          for await (const lines of readLines(options.input))
            for (const line of lines) await writeText(explain(line))
      } finally {
        release()
      }
    })
}

function format(text: string, explanations: readonly Explanation[]): string {
  const lines = explanations.flatMap((explanation) => [
    `  ${explanation.label} ${explanation.probability.toFixed(5)}`,
    ...(explanation.path === undefined
      ? formatScores(explanation, '    ')
      : explanation.path.flatMap((node) => [
          `    node ${node.node}, ${node.branch} ${node.probability.toFixed(5)}`,
          ...formatScores(node, '      '),
        ])),
  ])
  if (lines.length === 0) lines.push('  the model knows no feature of this text')
  return `${[showInCell(text), ...lines, ''].join('\n')}\n`
}

function formatScores({ score, contributions, rest }: ExplainedScore, indent: string): string[] {
  const rows = contributions.map((one) => [formatScore(one.score), one.kind, describe(one)])
  if (rest !== undefined) rows.push([formatScore(rest.score), '', `${rest.count} more`])
  rows.push([formatScore(score), '', 'score before the loss'])
  return formatTable(rows)
    .trimEnd()
    .split('\n')
    .map((row) => indent + row)
}

function describe({ text, count, sharedWith = [] }: Contribution): string {
  const times = count === 1 ? '' : ` × ${count}`
  return `${text}${times}${sharedWith.length === 0 ? '' : ` (shared with ${sharedWith.join(', ')})`}`
}

function formatScore(score: number): string {
  return `${score < 0 ? '' : '+'}${score.toFixed(4)}`
}
