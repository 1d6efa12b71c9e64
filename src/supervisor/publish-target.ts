import type { Config } from '../contracts/index.ts'
import type { DeployTarget } from '../store/index.ts'
import { runPublisher } from './run-publisher.ts'

export type PublishTargetOptions = {
  readonly config: Pick<Config, 'models'>
  readonly storePath: string
  readonly publisherEntry: string
}

/** Publishes a target's file in a process of its own; no work where it has none. */
export async function publishTarget(
  { model, version, file }: DeployTarget,
  { config, storePath, publisherEntry }: PublishTargetOptions,
): Promise<void> {
  if (file === undefined) return
  const tokenizer = config.models[model]?.tokenizer ?? 'jieba'
  await runPublisher(publisherEntry, { storePath, model, version, file, tokenizer })
}
