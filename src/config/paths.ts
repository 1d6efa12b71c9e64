import { join } from 'node:path'

import { locateRunFolder } from '../run-folder/index.ts'

/** The paths in a data folder. */
export type DataPaths = {
  readonly store: string
  readonly record: string
  readonly run: string
  readonly controlSocket: string
}

/** The paths in a data folder; its sockets are in `runFolder`, or else in a folder that can hold them. */
export function dataPaths(
  dataFolder: string,
  runFolder?: string,
  env: NodeJS.ProcessEnv = process.env,
): DataPaths {
  const run = locateRunFolder({ dataFolder, wanted: runFolder, env })
  return {
    store: join(dataFolder, 'store'),
    record: join(dataFolder, 'record'),
    run,
    controlSocket: controlSocketOf(run),
  }
}

/** The socket on which the supervisor of a run folder takes commands. */
export function controlSocketOf(runFolder: string): string {
  return join(runFolder, 'control.sock')
}
