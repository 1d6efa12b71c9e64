import { constants, copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { ChangeoverError } from '../../contracts/index.ts'
import type { ProjectFile } from './project.ts'

/** Throws `bad_usage` if a folder has anything in it, or is none. */
export function requireEmpty(folder: string): void {
  const [first] = readEntries(folder)
  if (first === undefined) return
  throw new ChangeoverError(
    'bad_usage',
    `${folder} is not empty: it has ${first}; name a folder that is empty or does not exist`,
  )
}

function readEntries(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return []
    const why = code === 'ENOTDIR' ? 'is not a folder, or is inside a file' : `cannot be read (${code})`
    throw new ChangeoverError('bad_usage', `${folder} ${why}; name another folder`, { cause: error })
  }
}

/** Writes files into a folder, and copies others there by their paths. Overwrites none, and leaves none if it fails. Throws `bad_usage`. */
export function writeProject(
  folder: string,
  files: readonly ProjectFile[],
  copies: Readonly<Record<string, string>>,
): void {
  const written: string[] = []
  const write = (name: string, work: (path: string) => void): void => {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    work(path)
    written.push(path)
  }
  try {
    for (const { path, text } of files) write(path, (to) => writeFileSync(to, text, { flag: 'wx' }))
    const mode = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE
    for (const [path, from] of Object.entries(copies)) write(path, (to) => copyFileSync(from, to, mode))
  } catch (error) {
    for (const path of written) rmSync(path, { force: true })
    const { code = 'unknown', path = folder } = error as NodeJS.ErrnoException
    throw new ChangeoverError(
      'bad_usage',
      `${path} cannot be written (${code}); make room or give this user write access, or name another folder`,
      { cause: error },
    )
  }
}
