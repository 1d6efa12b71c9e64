import type { Config } from '../../config/schema/index.ts'
import type { DeployBody, Log } from '../../contracts/index.ts'
import { ChangeoverError, defined, formatModelVersion } from '../../contracts/index.ts'
import type { DeployTarget } from '../../store/index.ts'
import {
  currentUser,
  findTokenizer,
  listVersionNames,
  requireTrusted,
  tokenizerUnknown,
} from '../../store/index.ts'
import { runPublisher } from './run-publisher.ts'

export type PublishTargetOptions = {
  readonly config: Pick<Config, 'models' | 'trustedKeys'>
  readonly storePath: string
  readonly publisherEntry: string
  readonly log: Log
  /** Aborted when the version is no longer wanted; its reason is thrown. */
  readonly signal?: AbortSignal
}

/** For a model without a configuration. */
const defaultTimeoutMs = 300_000

/** What the person who asks says about the version. */
export type PublishNotes = Pick<DeployBody, 'by' | 'note' | 'meta'>

/**
 * Publishes a target's file, if it has one, in a process of its own, within the time that the gates have. Throws as `runPublisher`
 * does, `tokenizer_unknown`, and `version_untrusted` if the configuration lists trusted keys, unless the version is in the store
 * already, with a signature: nothing is signed here.
 */
export async function publishTarget(
  { model, version, file }: DeployTarget,
  { config, storePath, publisherEntry, log, signal }: PublishTargetOptions,
  { by = currentUser(), note, meta }: PublishNotes = {},
): Promise<void> {
  if (file === undefined) return
  const isThere = listVersionNames(storePath, model).includes(version)
  if (config.trustedKeys.length > 0 && !isThere)
    throw new ChangeoverError(
      'version_untrusted',
      `${file} is not signed, and the configuration lists trustedKeys; ` +
        `publish it with \`changeover publish --sign KEY.pem\`, then deploy ${formatModelVersion({ model, version })}`,
    )
  const choice = findTokenizer(model, config, storePath)
  if (choice === undefined)
    throw tokenizerUnknown(
      model,
      `write \`tokenizer: jieba\` (or whitespace, characters, intl) under models.${model} in the configuration and start again, ` +
        'or publish the file with `changeover publish --tokenizer` and deploy the version',
    )
  const { source, ...settings } = choice
  log('info', `publishing ${file}, tokenizer ${settings.tokenizer}, ${source}`)
  const sentenceVectors = config.models[model]?.sentenceVectors ?? false
  await runPublisher(
    publisherEntry,
    {
      storePath,
      model,
      version,
      file,
      ...settings,
      sentenceVectors,
      by,
      ...defined({ note, meta }),
    },
    {
      timeoutMs: config.models[model]?.gates.timeoutMs ?? defaultTimeoutMs,
      ...defined({ signal }),
    },
  )
  requireTrusted(storePath, { model, version }, config.trustedKeys)
}
