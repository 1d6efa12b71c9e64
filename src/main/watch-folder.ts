import { Worker } from 'node:worker_threads'

import { dataPaths } from '../config/index.ts'
import { ChangeoverError } from '../contracts/index.ts'
import type { Config, DeployEvent, WatchConfig } from '../contracts/index.ts'
import {
  currentUser,
  listVersionNames,
  readHistory,
  readPointer,
  resolveTarget,
  wasTried,
} from '../store/index.ts'
import { publishTarget } from '../supervisor/index.ts'
import type { Supervisor } from '../supervisor/index.ts'
import { FolderWatch } from '../watch/index.ts'
import { log } from './log.ts'

type Entries = { readonly publisher: string; readonly modelCheck: string }

/** Watches the folder of the configuration, and has the supervisor deploy or publish what arrives in it. */
export function watchFolder(
  config: Config,
  watch: WatchConfig,
  supervisor: Pick<Supervisor, 'busyWith' | 'deploy'>,
  entries: Entries,
): FolderWatch {
  const { store: storePath } = dataPaths(config.data)
  const notes = { by: currentUser(), why: `arrived in ${watch.folder}` }
  const deploy = async (file: string): Promise<void> => {
    const { busyWith } = supervisor
    if (busyWith !== undefined) throw new ChangeoverError('rollout_busy', `${busyWith} is being rolled out`)
    let end: DeployEvent | undefined
    await supervisor.deploy({ target: file, ...notes }, (event) => (end = event))
    if (end?.type === 'end' && !end.ok) throw new ChangeoverError(end.error.code, end.error.message)
  }
  const publish = (file: string): Promise<void> =>
    publishTarget(
      resolveTarget({ target: file }, config, storePath),
      { config, storePath, publisherEntry: entries.publisher, log },
      { by: notes.by, note: notes.why },
    )
  return new FolderWatch({
    ...watch,
    models: Object.keys(config.models),
    active: (model) => readPointer(storePath, model)?.active,
    isKnown: ({ model, version }) =>
      watch.onArrival === 'deploy'
        ? readPointer(storePath, model)?.previous === version ||
          wasTried(readHistory(storePath), model, version)
        : listVersionNames(storePath, model).includes(version),
    findFault: (file) => checkInThread(entries.modelCheck, file),
    take: watch.onArrival === 'deploy' ? deploy : publish,
    log,
  })
}

function checkInThread(entry: string, file: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(entry, { workerData: file })
    thread.once('message', resolve)
    thread.once('error', reject)
  })
}
