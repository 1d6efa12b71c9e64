import { extname, relative, resolve } from 'node:path'

import type { Command } from 'commander'
import { Option } from 'commander'
import { quote } from 'shlex'

import { dataPaths } from '../../config/index.ts'
import type { TokenizerName } from '../../config/schema/index.ts'
import { tokenizerNames } from '../../config/schema/index.ts'
import { ChangeoverError } from '../../contracts/index.ts'
import { findModelFault } from '../../store/index.ts'
import { chooseTokenizer } from '../input/choose-tokenizer.ts'
import { findModelFiles } from '../input/given/find-model-files.ts'
import { printLine } from '../output/output.ts'
import { describeProject } from '../project/describe-project.ts'
import { packageVersions } from '../project/own-package.ts'
import { packageName } from '../project/package-name.ts'
import type { ProjectModel } from '../project/project.ts'
import { requireEmpty, writeProject } from '../project/write-project.ts'

type Options = { readonly model?: string; readonly tokenizer?: TokenizerName }

/** The model of a project that is to have one later. */
const laterModel = 'topic'

export function addNew(program: Command): void {
  program
    .command('new <folder>')
    .description('write a service, its test and its configuration, to start from')
    .option('--model <file>', 'the model to serve; it is copied into the folder')
    .addOption(
      new Option('--tokenizer <name>', 'how the text of the model was cut in training').choices(
        tokenizerNames,
      ),
    )
    .addHelpText(
      'after',
      `
The folder must be empty or not exist. The service is in TypeScript and needs no build step.

Examples:
  changeover new my-service
  changeover new my-service --model name_question_1591259822.bin --tokenizer jieba`,
    )
    .action(async (name: string, options: Options) => {
      const folder = resolve(name)
      requireEmpty(folder)
      const { model, copies } = await describeModel(options, folder)
      const files = describeProject({
        packageName: packageName(folder),
        versions: packageVersions(),
        model,
      })
      writeProject(folder, files, copies)
      const names = [...files.map(({ path }) => path), ...Object.keys(copies)]
      const there = relative('', folder)
      printLine(`wrote ${names.join(', ')}`)
      printLine(`next: ${there === '' ? '' : `cd ${quote(there)} && `}npm install && npm test && npm run dev`)
    })
}

async function describeModel(
  { model: path, tokenizer }: Options,
  folder: string,
): Promise<{ readonly model: ProjectModel; readonly copies: Readonly<Record<string, string>> }> {
  if (path === undefined)
    return { model: { name: laterModel, tokenizer: tokenizer ?? 'jieba', file: undefined }, copies: {} }
  const [found, other] = findModelFiles([path])
  if (found === undefined || other !== undefined)
    throw new ChangeoverError('bad_usage', `--model takes one file, and ${path} has several models; name one`)
  const { model: name, version, file } = found
  const fault = findModelFault(file)
  if (fault !== undefined) throw new ChangeoverError('model_file_invalid', `${file}: ${fault}`)
  const chosen = await chooseTokenizer(name, {
    ...(tokenizer && { tokenizer }),
    config: { models: {} },
    storePath: dataPaths(folder).store,
    how: `give --tokenizer ${tokenizerNames.join('|')}`,
  })
  const copy = `models/${name}_${version}${extname(file)}`
  return {
    model: { name, tokenizer: chosen.tokenizer, file: { path: copy, version } },
    copies: { [copy]: file },
  }
}
