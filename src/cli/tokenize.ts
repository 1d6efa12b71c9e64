import { once } from 'node:events'
import { createReadStream } from 'node:fs'

import type { Command } from 'commander'

import { ChangeoverError } from '../contracts/index.ts'
import { openTokenizerWith } from '../store/index.ts'
import { tokenizeLine } from './labelled-line.ts'
import { readLineBatches } from './read-line-batches.ts'
import { withTokenizer } from './tokenizer-option.ts'
import type { TokenizerOptions } from './tokenizer-option.ts'

type Options = Required<Pick<TokenizerOptions, 'tokenizer'>> & TokenizerOptions & { readonly input: string }

export function addTokenize(program: Command): void {
  withTokenizer(program.command('tokenize'), 'how to cut', 'jieba')
    .description('print each line of a text as a model is given it: to train with the very same words')
    .option('--input <file>', 'the text, UTF-8; - is standard input', '-')
    .addHelpText(
      'after',
      `
Labels at the beginning of a line (__label__…) stay as they are, so that a labelled text becomes a training file.

Examples:
  changeover tokenize --input corpus.txt > train.txt
  changeover tokenize --user-dictionary words.txt --input corpus.txt > train.txt
  echo 您贵姓 | changeover tokenize --tokenizer characters`,
    )
    .action(async ({ tokenizer, userDictionary = [], input }: Options) => {
      const { tokenize } = openTokenizerWith(tokenizer, userDictionary)
      for await (const lines of readInput(input))
        await write(lines.map((line) => `${tokenizeLine(line, tokenize)}\n`).join(''))
    })
}

async function* readInput(file: string): AsyncGenerator<string[]> {
  try {
    if (file === '-') yield* readLineBatches(process.stdin, 'standard input')
    else yield* readLineBatches(createReadStream(file), file)
  } catch (error) {
    if (error instanceof ChangeoverError) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new ChangeoverError('bad_usage', `${file} cannot be read: ${why}; name a text file with --input`, {
      cause: error,
    })
  }
}

/** Waits where the reader is slower, so that memory stays bounded. */
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain')
}
