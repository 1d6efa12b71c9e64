import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { controlSocketOf } from '../../config/index.ts'
import type { Config } from '../../config/schema/index.ts'
import { ChangeoverError } from '../../contracts/index.ts'
import {
  findOwner,
  hasHadOwner,
  isAnswered,
  isStopped,
  prepareRunFolder,
  takeOwnership,
} from '../../run-folder/index.ts'

const servePrefix = 'serve-'

/** Runs a stack's supervisor as the only one of its run folder, from before it does anything else. Throws `already_running`. */
export async function withStackFolder(
  config: Config,
  work: (runFolder: string) => Promise<void>,
): Promise<void> {
  const runFolder = await findRunFolder(config)
  await withOwnership(runFolder, async () => {
    // A supervisor of a version that did not own its folder.
    if (await isAnswered(controlSocketOf(runFolder))) throw alreadyRunning(undefined)
    await work(runFolder)
  })
}

/** Runs an instance alone in a folder of its own, of which there may be many; those that dead ones left are removed. */
export async function withServeFolder(
  config: Config,
  work: (runFolder: string) => Promise<void>,
): Promise<void> {
  const parent = await findRunFolder(config)
  await removeLeftBehind(parent)
  const runFolder = mkdtempSync(join(parent, servePrefix))
  try {
    await withOwnership(runFolder, () => work(runFolder))
  } finally {
    rmSync(runFolder, { recursive: true, force: true })
  }
}

function findRunFolder({ data, run }: Config): Promise<string> {
  return prepareRunFolder({ dataFolder: data, wanted: run, env: process.env })
}

async function withOwnership(runFolder: string, work: () => Promise<void>): Promise<void> {
  const taken = await takeOwnership(runFolder)
  if ('ownerPid' in taken) throw alreadyRunning(taken.ownerPid)
  try {
    await work()
  } finally {
    taken.release()
  }
}

function alreadyRunning(pid: number | undefined): ChangeoverError {
  const what =
    pid !== undefined && isStopped(pid)
      ? `, which is stopped: \`kill -CONT ${pid}\` resumes it, \`kill -KILL ${pid}\` ends it`
      : '; `changeover status` shows it, `changeover down` ends it'
  return new ChangeoverError(
    'already_running',
    `a supervisor runs here already${pid === undefined ? '' : `, as process ${pid}`}${what}`,
  )
}

async function removeLeftBehind(parent: string): Promise<void> {
  for (const name of readdirSync(parent)) {
    const folder = join(parent, name)
    // One that has no owner yet is being created.
    if (name.startsWith(servePrefix) && hasHadOwner(folder) && (await findOwner(folder)) === undefined)
      rmSync(folder, { recursive: true, force: true })
  }
}
