import { constants, setPriority } from 'node:os'
import { resolve } from 'node:path'

import type { Command } from 'commander'

import { dataPaths, loadConfig } from '../config/index.ts'
import { tokenizerNames } from '../contracts/index.ts'
import type { Config } from '../contracts/index.ts'
import { findTokenizer, publish, resolveTarget, tokenizerUnknown } from '../store/index.ts'
import type { NamedTokenizer, TokenizerChoice } from '../store/index.ts'
import { askTokenizer } from './ask-tokenizer.ts'
import { withConfig } from './config-option.ts'
import type { ConfigOption } from './config-option.ts'
import { formatSize, formatTokenizer, printLine } from './output.ts'
import { createBar } from './progress-bar.ts'
import { withTokenizer } from './tokenizer-option.ts'
import type { TokenizerOptions } from './tokenizer-option.ts'

type Options = ConfigOption & TokenizerOptions & { readonly model?: string }

export function addPublish(program: Command): void {
  withTokenizer(withConfig(program.command('publish <file>')), 'how the text was cut in training')
    .description('check, compile and store a model file as a version, without serving it')
    .option('-m, --model <name>', 'the model, where the file name does not say it')
    .addHelpText(
      'after',
      `
Needs no running stack. The version is the time in the file’s name, or the file’s time of change.
Without --tokenizer it is that of the configuration, else that of the active version; else you are asked.

Examples:
  changeover publish models/name_question_1591259822.bin
  changeover publish --model name_question latest.bin
  changeover publish --tokenizer jieba --user-dictionary words.txt name_question_1591259822.bin`,
    )
    .action(async (file: string, options: Options) => {
      const { config } = await loadConfig(options.config)
      const path = resolve(file)
      const storePath = dataPaths(config.data).store
      const target = resolveTarget(
        { target: path, ...(options.model === undefined ? {} : { model: options.model }) },
        config,
        storePath,
      )
      const { model, version } = target
      const { tokenizer, userDictionaries, source } = await chooseTokenizer(model, config, storePath, options)
      setPriority(constants.priority.PRIORITY_LOW)
      const manifest = publish({
        storePath,
        model,
        version,
        file: path,
        tokenizer,
        userDictionaries,
        sentenceVectors: config.models[model]?.sentenceVectors ?? false,
        nowMs: Date.now(),
        onProgress: createBar(Date.now()),
      })
      printLine(
        `published ${model}@${version}: ${manifest.labels.length} labels, ` +
          `${formatSize(manifest.source.sizeBytes)}, compiled ${formatSize(manifest.compiled.sizeBytes)}`,
      )
      printLine(`tokenizer ${formatTokenizer(manifest)}, ${source}`)
      printLine(`serve it with: changeover deploy ${model}@${version}`)
    })
}

/** What the command, the configuration or the store says; else what the person at the terminal says. */
async function chooseTokenizer(
  model: string,
  config: Config,
  storePath: string,
  { tokenizer, userDictionary }: Options,
): Promise<TokenizerChoice> {
  const named: NamedTokenizer = {
    ...(tokenizer === undefined ? {} : { tokenizer }),
    ...(userDictionary === undefined ? {} : { userDictionaries: userDictionary }),
  }
  const found = findTokenizer(model, config, storePath, named)
  if (found !== undefined) return found
  const answer = process.stdin.isTTY && process.stderr.isTTY ? await askTokenizer(model) : undefined
  if (answer !== undefined)
    return { tokenizer: answer, userDictionaries: userDictionary ?? [], source: 'as you say' }
  throw tokenizerUnknown(
    model,
    `give --tokenizer ${tokenizerNames.join('|')}, or write \`tokenizer:\` under models.${model} in the configuration`,
  )
}
