import { createHash } from 'node:crypto'
import { userInfo } from 'node:os'
import { join } from 'node:path'

/** A Unix socket's path has 107 bytes at most on Linux; what is added below the run folder is `serve-<pid>/primary-255.<pid>.sock`. */
const longestRunFolderBytes = 107 - 40

/** Where a data folder keeps its parts. */
export type DataPaths = {
  readonly store: string
  readonly record: string
  readonly run: string
  readonly controlSocket: string
}

/** The paths of a data folder; its sockets are elsewhere where its own path is too long for them. */
export function dataPaths(dataFolder: string): DataPaths {
  const beside = join(dataFolder, 'run')
  const short = join(
    '/tmp',
    `changeover-${userInfo().uid}-${createHash('sha256').update(dataFolder).digest('hex').slice(0, 16)}`,
  )
  const run = Buffer.byteLength(beside) <= longestRunFolderBytes ? beside : short
  return {
    store: join(dataFolder, 'store'),
    record: join(dataFolder, 'record'),
    run,
    controlSocket: join(run, 'control.sock'),
  }
}
