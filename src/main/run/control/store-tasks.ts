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

/**
 * What a client of the control API has done in a subprocess. What a client may only read is abandoned when it leaves, and rejects
 * with `overloaded` while another one of its kind is running.
 */
export type StoreTasks = {
  readonly compare: (body: CompareBody, signal: AbortSignal) => Promise<VersionComparison>
  readonly tryText: (body: TryBody, signal: AbortSignal) => Promise<TriedText>
  readonly prune: (body: PruneBody) => Promise<Pruned>
}

const timeoutMs = 60_000

/**
 * Comparisons one at a time, and tries one at a time: each maps models, and may take a processor for a while. They ask for
 * different rights, so that whoever may only look keeps nobody out who may change.
 */
export function createStoreTasks({ config, entry, storePath, recordFolder }: StoreTasksOptions): StoreTasks {
  const running = new Set<StoreTask['do']>()
  const runAlone = async (task: StoreTask, signal: AbortSignal): Promise<unknown> => {
    if (running.has(task.do))
      throw new ChangeoverError(
        'overloaded',
        `another ${task.do === 'try' ? 'text is being tried' : 'comparison is under way'}; try again when it has ended`,
      )
    running.add(task.do)
    try {
      return await carryOut(entry, task, signal)
    } finally {
      running.delete(task.do)
    }
  }
  let pruned: Promise<unknown> = Promise.resolve()
  /** In turn. It goes on if its client leaves: half of it would take versions away without a line in the history. */
  const runPrune = (task: StoreTask): Promise<unknown> => {
    const result = pruned.then(() => carryOut(entry, task))
    pruned = result.catch(() => undefined)
    return result
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
      return (await runAlone(
        { do: 'compare', ...body, ...access(), recordFolder },
        signal,
      )) as VersionComparison
    },
    tryText: async (body, signal) => {
      check(body.model, [body.a, body.b])
      return (await runAlone({ do: 'try', ...body, ...access() }, signal)) as TriedText
    },
    prune: async (body) => {
      check(body.model, [])
      return (await runPrune({ do: 'prune', ...body, ...access() })) as Pruned
    },
  }
}

async function carryOut(entry: string, task: StoreTask, signal?: AbortSignal): Promise<unknown> {
  let message: StoreTaskMessage | undefined
  const { how } = await runInSubprocess<StoreTaskMessage>({
    entry,
    start: task,
    // A prune that is slow has versions to take away, and is not stopped halfway.
    ...(signal !== undefined && { timeoutMs, signal }),
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
