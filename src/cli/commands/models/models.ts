import type { Command } from 'commander'

import { addListModels } from './list-models.ts'
import { addPruneModels } from './prune-models.ts'
import { addRemoveModel } from './remove-model.ts'
import { addShowModel } from './show-model.ts'

export function addModels(program: Command): void {
  const models = program
    .command('models')
    .description('list, show and remove the published versions')
    .addHelpText(
      'after',
      `
None of these needs a running stack.

Examples:
  changeover models
  changeover models show name_question@1591259822
  changeover models prune`,
    )
  addListModels(models)
  addShowModel(models)
  addRemoveModel(models)
  addPruneModels(models)
}
