import { Worker } from 'node:worker_threads'

import { dataPaths } from '../../config/index.ts'
import type { Config, WatchConfig } from '../../config/schema/index.ts'
import type { DeployEvent, ModelVersion } from '../../contracts/index.ts'
import { ChangeoverError } from '../../contracts/index.ts'
import type { FoundFile } from '../../model-inbox/index.ts'
import { FolderWatch, TriedVersions } from '../../model-inbox/index.ts'
import { currentUser, listVersionNames, readManifest, readPointer, resolveTarget } from '../../store/index.ts'
import type { Supervisor } from '../../supervisor/index.ts'
import { publishTarget } from '../../supervisor/index.ts'
import { log } from '../log/log.ts'

type Entries = { readonly publisher: string; readonly modelCheck: string }

/** Watches the folder of the configuration; the supervisor deploys or publishes the files that arrive. */
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
  const tried = new TriedVersions(storePath)
  /** Whether a version has been tried, or serves: it is not brought back by a file. */
  const wasServed = (target: ModelVersion): boolean =>
    tried.wasSince(target, -Infinity) ||
    readPointer(storePath, target.model)?.previous === target.version ||
    readPointer(storePath, target.model)?.active === target.version
  const isInStore = ({ model, version }: ModelVersion): boolean =>
    listVersionNames(storePath, model).includes(version)
  return new FolderWatch({
    ...watch,
    models: Object.keys(config.models),
    active: (model) => readPointer(storePath, model)?.active,
    isKnown: (file) =>
      isInStore(file)
        ? isAsPublished(storePath, file) && (watch.onArrival === 'publish' || wasServed(file))
        : watch.onArrival === 'deploy' && tried.wasSince(file, file.changedAtMs),
    findFault: (file) => checkInThread(entries.modelCheck, file),
    // A version that has served is not deployed again: publishing reports if it is another file under the same name.
    take: (path, file) =>
      watch.onArrival === 'deploy' && !(isInStore(file) && wasServed(file)) ? deploy(path) : publish(path),
    log,
  })
}

/**
 * Whether a file has not changed since its version was published; one that has may have another content. If that is unknown, because
 * the version is damaged, is left alone: one version must not block the check of the others.
 */
function isAsPublished(storePath: string, file: FoundFile): boolean {
  try {
    return readManifest(storePath, file).publishedAtMs + 1 >= file.changedAtMs
  } catch {
    return true
  }
}

function checkInThread(entry: string, file: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(entry, { workerData: file })
    thread.once('message', resolve)
    thread.once('error', reject)
  })
}
