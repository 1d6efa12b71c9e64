import { constants, setPriority } from 'node:os'
import { resolve } from 'node:path'

import { dataPaths, loadConfig } from '../../config/index.ts'
import type { Config } from '../../config/schema/index.ts'
import { tokenizerNames } from '../../config/schema/index.ts'
import { defined } from '../../contracts/index.ts'
import type { Manifest, TokenizerChoice } from '../../store/index.ts'
import {
  countLabels,
  findTokenizer,
  publish,
  readSigningKey,
  resolveTarget,
  tokenizerUnknown,
} from '../../store/index.ts'
import type { ConfigOption } from '../options/config-option.ts'
import type { ManifestOptions } from '../options/manifest-options.ts'
import { manifestNotes } from '../options/manifest-options.ts'
import type { TokenizerOptions } from '../options/tokenizer-option.ts'
import { namedTokenizer } from '../options/tokenizer-option.ts'
import { formatSize, formatTokenizer, printLine } from '../output/output.ts'
import { createBar } from '../output/progress-bar.ts'
import { askTokenizer } from './ask-tokenizer.ts'

export type PublishOptions = ConfigOption & TokenizerOptions & ManifestOptions & { readonly model?: string }

/** Publishes a file in this process, with a progress bar, and prints the result. */
export async function publishFile(file: string, options: PublishOptions): Promise<Manifest> {
  const { config } = await loadConfig(options.config)
  const path = resolve(file)
  const storePath = dataPaths(config.data).store
  const { model, version } = resolveTarget(
    { target: path, ...defined({ model: options.model }) },
    config,
    storePath,
  )
  const signing = options.sign === undefined ? {} : { signingKey: readSigningKey(options.sign) }
  const { source, ...settings } = await chooseTokenizer(model, config, storePath, options)
  setPriority(constants.priority.PRIORITY_LOW)
  const manifest = publish({
    storePath,
    model,
    version,
    file: path,
    ...settings,
    sentenceVectors: config.models[model]?.sentenceVectors ?? false,
    ...manifestNotes(options),
    ...signing,
    nowMs: Date.now(),
    onProgress: createBar(performance.now()),
  })
  printLine(
    `published ${model}@${version}: ${countLabels(manifest)} labels, ` +
      `${formatSize(manifest.source.sizeBytes)}, compiled ${formatSize(manifest.compiled.sizeBytes)}`,
  )
  printLine(`tokenizer ${formatTokenizer(manifest)}, ${source}`)
  return manifest
}

/** The tokenizer of the command, the configuration or the store; else the answer of the person at the terminal. */
async function chooseTokenizer(
  model: string,
  config: Config,
  storePath: string,
  options: PublishOptions,
): Promise<TokenizerChoice> {
  const named = namedTokenizer(options)
  const found = findTokenizer(model, config, storePath, named)
  if (found !== undefined) return found
  const answer = process.stdin.isTTY && process.stderr.isTTY ? await askTokenizer(model) : undefined
  if (answer !== undefined) return { ...named, tokenizer: answer, source: 'as you say' }
  throw tokenizerUnknown(
    model,
    `give --tokenizer ${tokenizerNames.join('|')}, or write \`tokenizer:\` under models.${model} in the configuration`,
  )
}
