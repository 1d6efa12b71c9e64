import { constants, setPriority } from 'node:os'
import { resolve } from 'node:path'

import { dataPaths, loadConfig } from '../../config/index.ts'
import { tokenizerNames } from '../../config/schema/index.ts'
import { defined } from '../../contracts/index.ts'
import type { Manifest } from '../../store/index.ts'
import { countLabels, publish, readSigningKey, resolveTarget } from '../../store/index.ts'
import type { ConfigOption } from '../options/config-option.ts'
import type { ManifestOptions } from '../options/manifest-options.ts'
import { manifestNotes } from '../options/manifest-options.ts'
import type { TokenizerOptions } from '../options/tokenizer-option.ts'
import { formatSize, formatTokenizer, printLine } from '../output/output.ts'
import { createBar } from '../output/progress-bar.ts'
import { chooseTokenizer } from './choose-tokenizer.ts'

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
  const { source, ...settings } = await chooseTokenizer(model, {
    ...options,
    config,
    storePath,
    how: `give --tokenizer ${tokenizerNames.join('|')}, or write \`tokenizer:\` under models.${model} in the configuration`,
  })
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
