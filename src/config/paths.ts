import { join } from 'node:path'

import { locateRunFolder } from '../run-folder/index.ts'

/** Where a data folder keeps its parts. */
export type DataPaths = {
  readonly store: string
  readonly record: string
  readonly run: string
  readonly controlSocket: string
}

/** The paths of a data folder; its sockets are where `runFolder` says, or where they can be. */
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

/** Where the supervisor of a run folder answers commands. */
export function controlSocketOf(runFolder: string): string {
  return join(runFolder, 'control.sock')
}
