import type { Command } from 'commander'

import { dataPaths, loadConfig } from '../../../config/index.ts'
import { formatModelVersion } from '../../../contracts/index.ts'
import { measureVersion, removeVersion } from '../../../store/index.ts'
import type { ConfigOption } from '../../options/config-option.ts'
import { withConfig } from '../../options/config-option.ts'
import type { WhyOption } from '../../options/why-option.ts'
import { withReason } from '../../options/why-option.ts'
import { formatSize, printLine } from '../../output/output.ts'
import { parseVersion } from './parse-version.ts'

export function addRemoveModel(models: Command): void {
  withReason(withConfig(models.command('remove <model@version>')))
    .description('remove a version for good; never the active one, the previous one, or one that is in use')
    .addHelpText(
      'after',
      `
Example:
  changeover models remove name_question@1591259822`,
    )
    .action(async (target: string, options: ConfigOption & WhyOption) => {
      const { config } = await loadConfig(options.config)
      const { store } = dataPaths(config.data)
      const version = parseVersion(target)
      const sizeBytes = measureVersion(store, version)
      const why = options.why === undefined ? {} : { why: options.why }
      removeVersion({ storePath: store, ...version, ...why, nowMs: Date.now() })
      printLine(`removed ${formatModelVersion(version)}: ${formatSize(sizeBytes)}`)
    })
}
