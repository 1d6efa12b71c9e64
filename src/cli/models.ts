import type { Command } from 'commander'

import { dataPaths, loadConfig } from '../config/index.ts'
import { listModels, listVersions, readPointer } from '../store/index.ts'
import type { Manifest } from '../store/index.ts'
import { withConfig } from './config-option.ts'
import type { ConfigOption } from './config-option.ts'
import { formatSize, formatTable, formatTime, formatTokenizer, print, printLine } from './output.ts'

type Options = ConfigOption & { readonly json?: true }

type Row = Manifest & { readonly role: 'active' | 'previous' | '' }

export function addModels(program: Command): void {
  withConfig(program.command('models'))
    .description('list the published versions of every model')
    .option('--json', 'print one JSON array')
    .addHelpText(
      'after',
      `
Examples:
  changeover models
  changeover models --json`,
    )
    .action(async (options: Options) => {
      const { config } = await loadConfig(options.config)
      const { store } = dataPaths(config.data)
      const rows = listModels(store).flatMap((model) => rowsOf(store, model))
      if (options.json) printLine(JSON.stringify(rows))
      else if (rows.length === 0) printLine('no version is published yet: changeover publish FILE')
      else
        print(
          formatTable([
            ['model', 'version', '', 'file', 'size', 'compiled', 'tokenizer', 'published'],
            ...rows.map(toCells),
          ]),
        )
    })
}

function rowsOf(store: string, model: string): Row[] {
  const pointer = readPointer(store, model)
  return listVersions(store, model).map((manifest) => ({
    ...manifest,
    role:
      manifest.version === pointer?.active
        ? 'active'
        : manifest.version === pointer?.previous
          ? 'previous'
          : '',
  }))
}

function toCells(row: Row): string[] {
  const { model, version, role, source, compiled, publishedAtMs } = row
  return [
    model,
    version,
    role,
    source.fileName,
    formatSize(source.sizeBytes),
    formatSize(compiled.sizeBytes),
    formatTokenizer(row),
    formatTime(publishedAtMs),
  ]
}
