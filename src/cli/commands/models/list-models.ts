import type { Command } from 'commander'

import { dataPaths, loadConfig } from '../../../config/index.ts'
import type { ModelPointer, ModelVersion } from '../../../contracts/index.ts'
import { ChangeoverError } from '../../../contracts/index.ts'
import type { Manifest } from '../../../store/index.ts'
import {
  listModels,
  listVersionNames,
  measureUnfinished,
  measureVersion,
  readManifest,
  readPointer,
} from '../../../store/index.ts'
import type { ConfigOption } from '../../options/config-option.ts'
import { withConfig } from '../../options/config-option.ts'
import {
  colors,
  formatSize,
  formatTable,
  formatTime,
  formatTokenizer,
  print,
  printLine,
} from '../../output/output.ts'

type Options = ConfigOption & { readonly json?: true }

type Role = 'active' | 'previous' | ''
/** A version whose manifest is damaged has no more than its name. */
type Row = (Manifest | (ModelVersion & { readonly damaged: true })) & {
  readonly role: Role
  readonly diskBytes: number
}

/** What a version is to its model. */
export function roleOf(version: string, pointer: ModelPointer | undefined): Role {
  if (version === pointer?.active) return 'active'
  return version === pointer?.previous ? 'previous' : ''
}

export function addListModels(models: Command): void {
  withConfig(models.command('list', { isDefault: true }))
    .description('list the published versions of every model, and what they take on the disk')
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
      else show(rows, measureUnfinished(store))
    })
}

function rowsOf(store: string, model: string): Row[] {
  const pointer = readPointer(store, model)
  return listVersionNames(store, model).map((version) => {
    const target = { model, version }
    return {
      ...readIfSound(store, target),
      role: roleOf(version, pointer),
      diskBytes: measureVersion(store, target),
    }
  })
}

function readIfSound(store: string, target: ModelVersion): Manifest | (ModelVersion & { damaged: true }) {
  try {
    return readManifest(store, target)
  } catch (error) {
    if (error instanceof ChangeoverError && error.code === 'version_damaged')
      return { ...target, damaged: true }
    throw error
  }
}

function show(rows: readonly Row[], unfinishedBytes: number): void {
  const allBytes = rows.reduce((sum, { diskBytes }) => sum + diskBytes, 0)
  print(
    formatTable([
      ['model', 'version', '', 'file', 'size', 'compiled', 'disk', 'tokenizer', 'published'],
      ...rows.map(toCells),
    ]),
  )
  const unfinished = unfinishedBytes === 0 ? '' : `, and ${formatSize(unfinishedBytes)} unfinished`
  printLine(
    `${rows.length} ${rows.length === 1 ? 'version' : 'versions'}, ${formatSize(allBytes)}${unfinished}`,
  )
}

function toCells(row: Row): string[] {
  const { model, version, role, diskBytes } = row
  const disk = formatSize(diskBytes)
  if ('damaged' in row) return [model, version, role, colors.red('damaged: changeover verify'), '', '', disk]
  const { source, compiled, publishedAtMs } = row
  return [
    model,
    version,
    role,
    source.fileName,
    formatSize(source.sizeBytes),
    formatSize(compiled.sizeBytes),
    disk,
    formatTokenizer(row),
    formatTime(publishedAtMs),
  ]
}
