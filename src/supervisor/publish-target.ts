import type { Config, Log } from '../contracts/index.ts'
import { findTokenizer, tokenizerUnknown } from '../store/index.ts'
import type { DeployTarget } from '../store/index.ts'
import { runPublisher } from './run-publisher.ts'

export type PublishTargetOptions = {
  readonly config: Pick<Config, 'models'>
  readonly storePath: string
  readonly publisherEntry: string
  readonly log: Log
}

/** Publishes a target's file in a process of its own; no work where it has none. Throws also `tokenizer_unknown`. */
export async function publishTarget(
  { model, version, file }: DeployTarget,
  { config, storePath, publisherEntry, log }: PublishTargetOptions,
): Promise<void> {
  if (file === undefined) return
  const choice = findTokenizer(model, config, storePath)
  if (choice === undefined)
    throw tokenizerUnknown(
      model,
      `write \`tokenizer: jieba\` (or whitespace, characters, intl) under models.${model} in the configuration and start again, ` +
        'or publish the file with `changeover publish --tokenizer` and deploy the version',
    )
  const { tokenizer, userDictionaries, source } = choice
  log('info', `publishing ${file}, tokenizer ${tokenizer}, ${source}`)
  const sentenceVectors = config.models[model]?.sentenceVectors ?? false
  await runPublisher(publisherEntry, {
    storePath,
    model,
    version,
    file,
    tokenizer,
    userDictionaries,
    sentenceVectors,
  })
}
