import type { Command } from 'commander'

import { dataPaths, loadConfig } from '../../../config/index.ts'
import type { Config } from '../../../config/schema/index.ts'
import type { ModelVersion } from '../../../contracts/index.ts'
import { ChangeoverError, formatModelVersion, toMessage } from '../../../contracts/index.ts'
import {
  listModels,
  listVersionNames,
  measureVersion,
  requireTrusted,
  verifyVersion,
} from '../../../store/index.ts'
import type { ConfigOption } from '../../options/config-option.ts'
import { withConfig } from '../../options/config-option.ts'
import { colors, formatSize, formatTable, print, printLine } from '../../output/output.ts'
import { createBar } from '../../output/progress-bar.ts'

type Options = ConfigOption & { readonly json?: true }

type Verified = ModelVersion & { readonly sizeBytes: number; readonly faults: readonly string[] }

export function addVerify(program: Command): void {
  withConfig(program.command('verify [model[@version]]'))
    .description('hash the files of the store again, and report what is damaged')
    .option('--json', 'print one JSON array')
    .addHelpText(
      'after',
      `
Without an argument every version of every model is verified. Needs no running stack. Exits with 1 where
something is damaged, or not signed with a key of trustedKeys.

Examples:
  changeover verify
  changeover verify name_question@1591259822
  changeover verify --json name_question`,
    )
    .action(async (target: string | undefined, options: Options) => {
      const { config } = await loadConfig(options.config)
      const { store } = dataPaths(config.data)
      const verified = verifyAll(store, chooseVersions(store, target), config)
      if (options.json) printLine(JSON.stringify(verified))
      else show(verified)
      const damaged = verified.filter(({ faults }) => faults.length > 0)
      if (damaged.length === 0) return
      const names = damaged.map(formatModelVersion).join(', ')
      throw new ChangeoverError(
        'version_damaged',
        `${names} will not be loaded: serve another version, \`changeover models remove\` these, and publish their files again`,
      )
    })
}

function chooseVersions(store: string, target: string | undefined): ModelVersion[] {
  const [named, version] = target?.split('@', 2) ?? []
  const versions = listModels(store)
    .filter((model) => named === undefined || model === named)
    .flatMap((model) => listVersionNames(store, model).map((name) => ({ model, version: name })))
    .filter((one) => version === undefined || one.version === version)
  if (versions.length > 0 || target === undefined) return versions
  throw new ChangeoverError(
    'version_unknown',
    `the store has no version ${target}; \`changeover models\` lists what it has`,
  )
}

function verifyAll(store: string, versions: readonly ModelVersion[], config: Config): Verified[] {
  const sizes = versions.map((target) => measureVersion(store, target))
  const allBytes = sizes.reduce((sum, size) => sum + size, 0)
  const showBar = createBar(performance.now())
  let doneBytes = 0
  const verified = versions.map((target, place) => {
    const steps = verifyVersion(store, target, 'all')
    let step = steps.next()
    for (; step.done !== true; step = steps.next()) showBar((doneBytes += step.value) / allBytes)
    return {
      ...target,
      sizeBytes: sizes[place] ?? 0,
      faults: [...step.value, ...trustFaults(store, target, config)],
    }
  })
  showBar(1)
  return verified
}

function trustFaults(store: string, target: ModelVersion, { trustedKeys }: Config): string[] {
  try {
    requireTrusted(store, target, trustedKeys)
    return []
  } catch (error) {
    return [toMessage(error)]
  }
}

function show(verified: readonly Verified[]): void {
  if (verified.length === 0) printLine('no version is published yet: changeover publish FILE')
  else
    print(
      formatTable(
        verified.map((version) => [
          formatModelVersion(version),
          formatSize(version.sizeBytes),
          version.faults.length === 0 ? colors.green('sound') : colors.red(version.faults.join('; ')),
        ]),
      ),
    )
}
