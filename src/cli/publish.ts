import { constants, setPriority } from 'node:os'
import { resolve } from 'node:path'

import type { Command } from 'commander'

import { dataPaths, loadConfig } from '../config/index.ts'
import { publish, resolveTarget } from '../store/index.ts'
import { withConfig } from './config-option.ts'
import type { ConfigOption } from './config-option.ts'
import { formatSize, printLine } from './output.ts'

type Options = ConfigOption & { readonly model?: string }

const barWidth = 30
const barAfterMs = 1_000

export function addPublish(program: Command): void {
  withConfig(program.command('publish <file>'))
    .description('check, compile and store a model file as a version, without serving it')
    .option('-m, --model <name>', 'the model, where the file name does not say it')
    .addHelpText(
      'after',
      `
Needs no running stack. The version is the time in the file’s name, or the file’s time of change.

Examples:
  changeover publish models/name_question_1591259822.bin
  changeover publish --model name_question latest.bin`,
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
      setPriority(constants.priority.PRIORITY_LOW)
      const { model, version } = target
      const manifest = publish({
        storePath,
        model,
        version,
        file: path,
        tokenizer: config.models[model]?.tokenizer ?? 'jieba',
        nowMs: Date.now(),
        onProgress: createBar(Date.now()),
      })
      printLine(
        `published ${model}@${version}: ${manifest.labels.length} labels, ` +
          `${formatSize(manifest.source.sizeBytes)}, compiled ${formatSize(manifest.compiled.sizeBytes)}`,
      )
      printLine(`serve it with: changeover deploy ${model}@${version}`)
    })
}

/** A bar on a terminal, for what takes longer than a second. */
function createBar(begunMs: number): (fraction: number) => void {
  let shown = ''
  return (fraction) => {
    if (!process.stderr.isTTY || Date.now() - begunMs < barAfterMs) return
    const full = Math.round(fraction * barWidth)
    const bar = `${'█'.repeat(full)}${'░'.repeat(barWidth - full)} ${Math.round(fraction * 100)} %`
    if (bar === shown) return
    shown = bar
    process.stderr.write(fraction >= 1 ? '\r\u001b[K' : `\r${bar}`)
  }
}
