import type { Command } from 'commander'

import { ChangeoverError } from '../../../contracts/index.ts'
import type { CompileSummary, EntryCount, ModelDescription } from '../../../engine/fasttext/index.ts'
import { countOutputs, ModelFileError, planCompiled, readModel } from '../../../engine/fasttext/index.ts'
import { openModelSource } from '../../../store/index.ts'
import { formatSize, formatTable, print, printLine } from '../../output/output.ts'

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
      const { description, plan } = describe(file)
      const compiled = plan && { ...plan.compiled, sizeBytes: plan.sizeBytes }
      if (options.json) printLine(JSON.stringify({ file, ...description, compiled }))
      else show(file, description, plan)
    })
}

type Inspected = { readonly description: ModelDescription; readonly plan: CompileSummary | undefined }

/** The content of the file, and what publishing would make of it if it is a classifier. */
function describe(file: string): Inspected {
  const source = openModelSource(file)
  try {
    const description = readModel(source)
    const plan = description.args.model === 'supervised' ? planCompiled(source) : undefined
    return { description, plan }
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error
    throw new ChangeoverError('model_file_invalid', `${file}: ${error.message}`, { cause: error })
  } finally {
    source.close()
  }
}

function show(file: string, model: ModelDescription, plan: CompileSummary | undefined): void {
  const { args, labels, firstWords, input, output } = model
  const more = labels.length > labelsShown ? [['', `and ${labels.length - labelsShown} more`]] : []
  const entries = (list: readonly EntryCount[]): string[][] =>
    list.map(({ text, count }) => ['', `${text}  ${count}`])
  printLine(
    `${file}: a ${args.model} fastText model, file version ${model.version}, ${formatSize(model.sizeBytes)}`,
  )
  print(
    formatTable([
      ['loss', args.loss],
      ['dimensions', String(args.dim)],
      ['word n-grams', String(args.wordNgrams)],
      ['subwords', args.maxn > 0 ? `${args.minn} to ${args.maxn} characters` : 'none'],
      ['buckets', model.pruned ? `${args.bucket}, ${model.prunedBuckets} kept` : String(args.bucket)],
      ['epochs', String(args.epoch)],
      ['window, negatives', `${args.ws}, ${args.neg}`],
      ['least count', String(args.minCount)],
      ['tokens seen', String(model.nTokens)],
      ['input matrix', `${input.rows} × ${input.columns}, ${input.kind}, ${formatSize(input.sizeBytes)}`],
      [
        'output matrix',
        `${output.rows} × ${output.columns}, ${output.kind}, ${formatSize(output.sizeBytes)}`,
      ],
      ['served as', plan === undefined ? 'not at all: it has no labels to predict' : describePlan(plan)],
      ['words', String(model.nWords)],
      ...entries(firstWords),
      ['labels', String(model.nLabels)],
      ...entries(labels.slice(0, labelsShown)),
      ...more,
    ]),
  )
}

function describePlan({ compiled, sizeBytes }: CompileSummary): string {
  const { folded, dim, inputSubspace } = compiled
  const rows = folded
    ? `folded, ${countOutputs(compiled)} numbers a row`
    : `rows kept, ${inputSubspace > 0 ? 'quantized' : `${dim} numbers each`}`
  return `${formatSize(sizeBytes)} (${rows})`
}
