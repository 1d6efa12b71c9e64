import type { Config } from '../../../config/schema/index.ts'
import type {
  CompareBody,
  ErrorReport,
  PruneBody,
  Pruned,
  StoreTask,
  StoreTaskMessage,
  TriedText,
  TryBody,
  VersionComparison,
} from '../../../contracts/index.ts'
import { ChangeoverError } from '../../../contracts/index.ts'
import { listVersionNames } from '../../../store/index.ts'
import { runInSubprocess } from '../../../supervisor/index.ts'

export type StoreTasksOptions = {
  readonly config: () => Pick<Config, 'models' | 'trustedKeys'>
  readonly entry: string
  readonly storePath: string
  readonly recordFolder: string
}

/** What a client of the control API has done in a subprocess. Rejects with `overloaded` while another one is running. */
export type StoreTasks = {
  readonly compare: (body: CompareBody, signal: AbortSignal) => Promise<VersionComparison>
  readonly tryText: (body: TryBody, signal: AbortSignal) => Promise<TriedText>
  readonly prune: (body: PruneBody, signal: AbortSignal) => Promise<Pruned>
}

const timeoutMs = 60_000

/** One at a time, whoever asks: each maps models, and may take a processor for a while. */
export function createStoreTasks({ config, entry, storePath, recordFolder }: StoreTasksOptions): StoreTasks {
  let isRunning = false
  const run = async (task: StoreTask, signal: AbortSignal): Promise<unknown> => {
    if (isRunning)
      throw new ChangeoverError('overloaded', 'another comparison is under way; try again when it has ended')
    isRunning = true
    try {
      return await carryOut(entry, task, signal)
    } finally {
      isRunning = false
    }
  }
  /** Names lead to folders, so only those that are there are passed on. */
  const check = (model: string, versions: readonly string[]): void => {
    if (!Object.hasOwn(config().models, model))
      throw new ChangeoverError('model_unknown', `the configuration has no model ${model}`)
    const known = listVersionNames(storePath, model)
    for (const version of versions)
      if (!known.includes(version))
        throw new ChangeoverError('version_unknown', `the store has no version ${version} of ${model}`)
  }
  const access = () => ({ storePath, trustedKeys: config().trustedKeys })
  return {
    compare: async (body, signal) => {
      check(body.model, [body.a, body.b])
      return (await run({ do: 'compare', ...body, ...access(), recordFolder }, signal)) as VersionComparison
    },
    tryText: async (body, signal) => {
      check(body.model, [body.a, body.b])
      return (await run({ do: 'try', ...body, ...access() }, signal)) as TriedText
    },
    prune: async (body, signal) => {
      check(body.model, [])
      return (await run({ do: 'prune', ...body, ...access() }, signal)) as Pruned
    },
  }
}

async function carryOut(entry: string, task: StoreTask, signal: AbortSignal): Promise<unknown> {
  let message: StoreTaskMessage | undefined
  const { how } = await runInSubprocess<StoreTaskMessage>({
    entry,
    start: task,
    timeoutMs,
    signal,
    onMessage: (value) => (message = value),
  })
  switch (message?.type) {
    case 'done':
      return message.result
    case 'failed':
      throw fromReport(message.error)
    case undefined:
      throw new ChangeoverError('internal', `the process that should ${task.do} ${how}; see the log`)
  }
}

function fromReport({ code, message }: ErrorReport): ChangeoverError {
  return new ChangeoverError(code, message)
}
