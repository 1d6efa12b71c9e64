import type { Command } from 'commander'

import { createLabelTest } from '../../../engine/fasttext/index.ts'
import { openTokenizerWith } from '../../../store/index.ts'
import { tokenizeLine } from '../../input/labelled-line.ts'
import { readLines } from '../../input/text-lines.ts'
import type { LabelPrefixOption } from '../../options/label-prefix-option.ts'
import { withLabelPrefix } from '../../options/label-prefix-option.ts'
import type { TokenizerOptions } from '../../options/tokenizer-option.ts'
import { namedTokenizer, withTokenizer } from '../../options/tokenizer-option.ts'
import { writeText } from '../../output/terminal.ts'

type Options = Required<Pick<TokenizerOptions, 'tokenizer'>> &
  TokenizerOptions &
  LabelPrefixOption & { readonly input: string }

export function addTokenize(program: Command): void {
  withLabelPrefix(withTokenizer(program.command('tokenize'), 'how to cut', 'jieba'))
    .description('print each line of a text as the model gets it: to train with the same words')
    .option('--input <file>', 'the text, UTF-8; - is standard input', '-')
    .addHelpText(
      'after',
      `
Labels (__label__…) stay as they are, wherever they stand in a line, so that a labelled text becomes a training file.

Examples:
  changeover tokenize --input corpus.txt > train.txt
  changeover tokenize --user-dictionary words.txt --input corpus.txt > train.txt
  changeover tokenize --main-dictionary dict.txt --no-hmm --stop-words stop.txt --input corpus.txt > train.txt
  changeover tokenize --label-prefix __class__ --input corpus.txt > train.txt
  echo 您贵姓 | changeover tokenize --tokenizer characters`,
    )
    .action(async ({ labelPrefix, input, ...options }: Options) => {
      const { tokenize } = openTokenizerWith({ ...namedTokenizer(options), tokenizer: options.tokenizer })
      const isLabel = createLabelTest([], labelPrefix)
      for await (const lines of readLines(input))
        await writeText(lines.map((line) => `${tokenizeLine(line, isLabel, tokenize)}\n`).join(''))
    })
}
