import type { Command } from 'commander'

import { dataPaths, loadConfig } from '../../../config/index.ts'
import type { HistoryEntry } from '../../../contracts/index.ts'
import type { GateResults, Manifest } from '../../../store/index.ts'
import {
  countLabels,
  measureVersion,
  readGateResults,
  readHistory,
  readManifest,
  readPointer,
} from '../../../store/index.ts'
import type { ConfigOption } from '../../options/config-option.ts'
import { withConfig } from '../../options/config-option.ts'
import {
  formatSize,
  formatTable,
  formatTime,
  formatTokenizer,
  print,
  printLine,
} from '../../output/output.ts'
import { formatHistory } from '../history.ts'
import { roleOf } from './list-models.ts'
import { parseVersion } from './parse-version.ts'

type Options = ConfigOption & { readonly json?: true }

const labelsShown = 20

export function addShowModel(models: Command): void {
  withConfig(models.command('show <model@version>'))
    .description('show everything about a version, and its history')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  changeover models show name_question@1591259822
  changeover models show --json name_question@1591259822`,
    )
    .action(async (target: string, options: Options) => {
      const { config } = await loadConfig(options.config)
      const { store } = dataPaths(config.data)
      const named = parseVersion(target)
      const manifest = readManifest(store, named)
      const role = roleOf(named.version, readPointer(store, named.model))
      const diskBytes = measureVersion(store, named)
      const history = readHistory(store).filter(
        ({ model, version }) => model === named.model && version === named.version,
      )
      const gates = readGateResults(store, named)
      if (options.json) printLine(JSON.stringify({ ...manifest, role, diskBytes, gates, history }))
      else show({ manifest, role, diskBytes, gates, history })
    })
}

type Facts = {
  readonly manifest: Manifest
  readonly role: string
  readonly diskBytes: number
  /** Undefined if the version was never tried by the gates. */
  readonly gates: GateResults | undefined
  readonly history: readonly HistoryEntry[]
}

function show({ manifest, role, diskBytes, gates, history }: Facts): void {
  const { model, version, engine, training, labels, source, compiled, dictionary, note } = manifest
  const { mainDictionary, userDictionaries = [], stopWords = [], meta = {} } = manifest
  const count = countLabels(manifest)
  const more = count > labelsShown ? ` and ${count - labelsShown} more` : ''
  printLine(`${model}@${version}${role === '' ? '' : `, ${role}`}`)
  print(
    formatTable([
      ['engine', engine],
      ['tokenizer', formatTokenizer(manifest)],
      ['labels', `${count}: ${labels.slice(0, labelsShown).join(' ')}${more}`],
      ['training', formatFacts(training)],
      ['file', source.fileName],
      ['', `${formatSize(source.sizeBytes)}, SHA-256 ${source.sha256}`],
      ['compiled', `${formatSize(compiled.sizeBytes)}, SHA-256 ${compiled.sha256}`],
      ...(dictionary === undefined
        ? []
        : [['dictionary', `${formatSize(dictionary.sizeBytes)}, SHA-256 ${dictionary.sha256}`]]),
      ...[...(mainDictionary === undefined ? [] : [mainDictionary]), ...userDictionaries].map((file) => [
        '',
        formatFile(file),
      ]),
      ...stopWords.map((file, place) => [place === 0 ? 'stop words' : '', formatFile(file)]),
      ['disk', formatSize(diskBytes)],
      ['published', `${formatTime(manifest.publishedAtMs)} by ${manifest.publishedBy}`],
      ...(note === undefined ? [] : [['note', note]]),
      ...Object.entries(meta).map(([key, value], place) => [place === 0 ? 'meta' : '', `${key}=${value}`]),
      ...(gates?.reports ?? []).map(({ gate, outcome, sentence }) => [
        `gate ${gate}`,
        `${outcome}: ${sentence}`,
      ]),
    ]),
  )
  if (history.length > 0) print(`\n${formatHistory(history)}`)
}

function formatFile({ fileName, sha256 }: { readonly fileName: string; readonly sha256: string }): string {
  return `${fileName}, SHA-256 ${sha256}`
}

function formatFacts(facts: Readonly<Record<string, unknown>>): string {
  return Object.entries(facts)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')
}
