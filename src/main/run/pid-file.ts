import { randomBytes } from 'node:crypto'
import type { Stats } from 'node:fs'
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { basename, dirname } from 'node:path'

import { ChangeoverError } from '../../contracts/index.ts'

/**
 * Writes this process's id to a file while it runs, if a path is given. Throws `already_running` if the file belongs to
 * another running process, and `bad_usage` if it cannot be written.
 */
export async function withPidFile(path: string | undefined, work: () => Promise<void>): Promise<void> {
  if (path === undefined) return work()
  // Held open until exit: this tells the process that wrote the file from one that got its number later.
  const fd = writePidFile(path)
  try {
    await work()
  } finally {
    removePidFile(path, fd)
  }
}

function writePidFile(path: string): number {
  const before = readPidFile(path)
  if (before !== undefined && before.pid !== process.pid && mayHold(before.pid, before.stats))
    throw new ChangeoverError(
      'already_running',
      `process ${before.pid} already runs, according to ${path}; stop it, or specify another file with -p`,
    )
  const beside = `${path}.${randomBytes(4).toString('hex')}`
  let fd: number | undefined
  try {
    fd = openSync(beside, 'wx')
    writeSync(fd, `${process.pid}\n`)
    // Anything with this name, also a link, is replaced and not written through.
    renameSync(beside, path)
    return fd
  } catch (error) {
    if (fd !== undefined) {
      closeSync(fd)
      rmSync(beside, { force: true })
    }
    throw unwritable(path, error)
  }
}

function unwritable(path: string, error: unknown): ChangeoverError {
  const { code = 'unknown' } = error as NodeJS.ErrnoException
  const what =
    code === 'ENOENT' || code === 'ENOTDIR'
      ? `there is no folder ${dirname(path)}; make it`
      : `the system reports ${code}; give this user write access there`
  return new ChangeoverError(
    'bad_usage',
    `the process id cannot be written to ${path}: ${what}, or specify another file with -p`,
    { cause: error },
  )
}

/** Removes the file if it is this process's own. */
function removePidFile(path: string, fd: number): void {
  const isOwn = isSameFile(statSync(path, { throwIfNoEntry: false }), fstatSync(fd))
  closeSync(fd)
  if (isOwn) rmSync(path, { force: true })
}

/** Undefined if there is no file, or it has no process id. */
function readPidFile(path: string): { readonly pid: number; readonly stats: Stats } | undefined {
  let fd: number | undefined
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const stats = fstatSync(fd)
    const pid = stats.isFile() ? Number(readFileSync(fd, 'utf8')) : NaN
    return Number.isInteger(pid) && pid > 0 ? { pid, stats } : undefined
  } catch {
    return undefined
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/**
 * Whether a process has a file open. Those of another user's process cannot be listed: it may hold a file of its user's if it runs
 * this program, as a file that was left behind names any process that got the number since.
 */
function mayHold(pid: number, file: Stats): boolean {
  const folder = `/proc/${pid}/fd`
  try {
    return readdirSync(folder).some((fd) =>
      isSameFile(statSync(`${folder}/${fd}`, { throwIfNoEntry: false }), file),
    )
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const isHidden = code === 'EACCES' || code === 'EPERM'
    return (
      isHidden && statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === file.uid && isThisProgram(pid)
    )
  }
}

/** As it was started: by the command that a package manager links, or by the module itself. */
function isThisProgram(pid: number): boolean {
  try {
    const [, script = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return ['changeover', basename(process.argv[1] ?? '')].includes(basename(script))
  } catch {
    return false
  }
}

function isSameFile(one: Stats | undefined, other: Stats): boolean {
  return one !== undefined && one.dev === other.dev && one.ino === other.ino
}
