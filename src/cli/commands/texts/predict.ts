import type { Command } from 'commander'

import { readLines } from '../../input/text-lines.ts'
import type { AskOptions } from '../../options/asked-model.ts'
import { openAskedModel, withAskOptions } from '../../options/asked-model.ts'
import { formatSignificant } from '../../output/format-number.ts'
import { writeText } from '../../output/terminal.ts'

type Options = AskOptions & { readonly input: string }

/** The digits that the reference's predict-prob prints. */
const digits = 6

export function addPredict(program: Command): void {
  withAskOptions(program.command('predict <model>'))
    .description('print the labels and probabilities of each line of a text')
    .option('-i, --input <file>', 'the lines; - is standard input', '-')
    .addHelpText(
      'after',
      `
The model is a file, the name of a model (its active version), or NAME@VERSION. Each line is answered
with a line as fastText's predict-prob prints it: label, probability, label, probability.

Examples:
  echo 您贵姓 | changeover predict name_question
  changeover predict model.bin --input questions.txt -k 3 -t 0.1
  changeover predict lid.176.ftz --pretokenized --input lines.txt`,
    )
    .action(async (target: string, options: Options) => {
      const { k, threshold } = options
      const { predictor, cut, release } = await openAskedModel(target, options)
      try {
        for await (const lines of readLines(options.input)) {
          const answers = lines.map((line) => {
            const predictions = predictor.predict(cut(line), k, threshold)
            return predictions
              .map(({ label, probability }) => `${label} ${formatSignificant(probability, digits)}`)
              .join(' ')
          })
          await writeText(answers.map((answer) => `${answer}\n`).join(''))
        }
      } finally {
        release()
      }
    })
}
