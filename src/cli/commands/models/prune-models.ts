import type { Command } from 'commander'

import { dataPaths, loadConfig } from '../../../config/index.ts'
import { prune } from '../../../store/index.ts'
import type { ConfigOption } from '../../options/config-option.ts'
import { withConfig } from '../../options/config-option.ts'
import { wholeNumber } from '../../options/whole-number.ts'
import { printLine } from '../../output/output.ts'

type Options = ConfigOption & { readonly keep?: number; readonly model?: string }

export function addPruneModels(models: Command): void {
  withConfig(models.command('prune'))
    .description('remove old versions; never the active one, the previous one, or one that is in use')
    .option('-m, --model <name>', 'only of this model')
    .option(
      '--keep <count>',
      'how many of the newest stay (default: keep of the configuration)',
      wholeNumber('--keep', { min: 1 }),
    )
    .addHelpText(
      'after',
      `
The same is done after every rollout.

Examples:
  changeover models prune
  changeover models prune --model name_question --keep 3`,
    )
    .action(async (options: Options) => {
      const { config } = await loadConfig(options.config)
      const { store } = dataPaths(config.data)
      let count = 0
      for (const [model, { keep }] of Object.entries(config.models)) {
        if (options.model !== undefined && options.model !== model) continue
        const kept = { keep: options.keep ?? keep, nowMs: Date.now() }
        for (const version of prune({ storePath: store, model, ...kept })) {
          printLine(`removed ${model}@${version}`)
          count++
        }
      }
      if (count === 0) printLine('nothing to remove')
    })
}
