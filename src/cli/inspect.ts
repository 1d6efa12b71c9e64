import type { Command } from 'commander'

import { ChangeoverError } from '../contracts/index.ts'
import { ModelFileError, readModel } from '../fasttext/index.ts'
import type { ModelDescription } from '../fasttext/index.ts'
import { openSource } from '../store/index.ts'
import { formatSize, formatTable, print, printLine } from './output.ts'

const labelsShown = 20

export function addInspect(program: Command): void {
  program
    .command('inspect <file>')
    .description('show what is in a fastText model file')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  changeover inspect models/name_question_1591259822.bin
  changeover inspect --json model.bin`,
    )
    .action((file: string, options: { readonly json?: true }) => {
      const description = describe(file)
      if (options.json) printLine(JSON.stringify({ file, ...description }))
      else show(file, description)
    })
}

function describe(file: string): ModelDescription {
  const source = open(file)
  try {
    return readModel(source)
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error
    throw new ChangeoverError('model_file_invalid', `${file}: ${error.message}`, { cause: error })
  } finally {
    source.close()
  }
}

function open(file: string): ReturnType<typeof openSource> {
  try {
    return openSource(file)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new ChangeoverError('model_file_not_found', `${file} cannot be read: ${why}`, { cause: error })
  }
}

function show(file: string, model: ModelDescription): void {
  const { args, labels, input, output } = model
  const more = labels.length > labelsShown ? [['', `and ${labels.length - labelsShown} more`]] : []
  printLine(
    `${file}: a ${args.model} fastText model, file version ${model.version}, ${formatSize(model.sizeBytes)}`,
  )
  print(
    formatTable([
      ['loss', args.loss],
      ['dimensions', String(args.dim)],
      ['words', String(model.nWords)],
      ['tokens seen', String(model.nTokens)],
      ['word n-grams', String(args.wordNgrams)],
      ['subwords', args.maxn > 0 ? `${args.minn} to ${args.maxn} characters` : 'none'],
      ['buckets', String(args.bucket)],
      ['epochs', String(args.epoch)],
      ['input matrix', `${input.rows} × ${input.columns}, ${input.kind}`],
      ['output matrix', `${output.rows} × ${output.columns}, ${output.kind}`],
      ['labels', String(model.nLabels)],
      ...labels.slice(0, labelsShown).map(({ label, count }) => ['', `${label}  ${count}`]),
      ...more,
    ]),
  )
}
