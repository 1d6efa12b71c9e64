import { createHash, randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { basename, isAbsolute, join } from 'node:path'

import { ChangeoverError, toMessage } from '../contracts/index.ts'
import { currentUserId, makeFolder, prepareOwnFolder, unusable } from './check-folder.ts'
import { isAnswered, listenOn } from './listen-on.ts'

/** A Unix socket's path has 107 bytes at most on Linux; what is added below the run folder is `serve-123456/primary-255.<pid>.sock`. */
const maxBytes = 107 - 40

/** In the data folder: the path of the sockets, if they are elsewhere. */
const noteName = 'run-folder'

export type RunFolderOptions = {
  readonly dataFolder: string
  /** The folder of the configuration; undefined if it has none. */
  readonly wanted: string | undefined
  readonly env: NodeJS.ProcessEnv
}

/** The path at which the run folder of a data folder is, or would be; changes nothing. */
export function locateRunFolder({ dataFolder, wanted, env }: RunFolderOptions): string {
  return wanted ?? readNote(dataFolder) ?? candidates(dataFolder, env)[0] ?? join(dataFolder, 'run')
}

/**
 * Finds a folder that can hold the sockets, makes it, and notes it in the data folder, so that commands find it whatever
 * their own environment is: that of the configuration; else that of the note, `run` in the data folder,
 * `$XDG_RUNTIME_DIR`, `/tmp`, whichever is the first that can. Throws `run_folder_unusable`, or `start_failed` with why none can.
 */
export async function prepareRunFolder({ dataFolder, wanted, env }: RunFolderOptions): Promise<string> {
  makeFolder(dataFolder)
  if (wanted !== undefined) {
    await prepare(wanted)
    return wanted
  }
  const noted = readNote(dataFolder)
  const faults: string[] = []
  for (const folder of [...(noted === undefined ? [] : [noted]), ...candidates(dataFolder, env)]) {
    const fault = await findFault(folder, dataFolder)
    if (fault !== undefined) {
      faults.push(fault)
      continue
    }
    if (folder !== noted) writeNote(dataFolder, folder)
    return folder
  }
  throw new ChangeoverError(
    'start_failed',
    `no folder can hold the sockets; specify one with the key run of the configuration:\n${faults.join('\n')}`,
  )
}

/** Undefined if a folder that the configuration does not name is ready. Throws if it is beside the store, and others may write to it. */
async function findFault(folder: string, dataFolder: string): Promise<string | undefined> {
  const isBeside = folder === besideStore(dataFolder)
  try {
    // Also modes and owners, of a file system that has no sockets, are not real.
    if (isBeside) await refuseWithoutSockets(dataFolder)
    await prepare(folder)
    return undefined
  } catch (error) {
    // A full disk, say, or one's own folder that others may write to: processes may be there already, so it is no way out.
    const hasNoSockets = error instanceof ChangeoverError && error.code === 'start_failed'
    if (isBeside && !hasNoSockets) throw error
    return toMessage(error)
  }
}

async function prepare(folder: string): Promise<void> {
  if (Buffer.byteLength(folder) > maxBytes)
    throw new ChangeoverError(
      'start_failed',
      `${folder} is too long for sockets: ${Buffer.byteLength(folder)} bytes, and ${maxBytes} are allowed`,
    )
  prepareOwnFolder(folder)
  await refuseWithoutSockets(folder)
}

/** Faults that do not depend on the kind of file system. */
const passingCodes = ['ENOSPC', 'EDQUOT', 'EROFS', 'EMFILE', 'ENFILE', 'ENOMEM']

/** Tries it, since file systems differ: throws `start_failed` if a folder cannot have sockets that only its user reaches. */
async function refuseWithoutSockets(folder: string): Promise<void> {
  const trial = makeTrialFolder(folder)
  const server = createServer((socket) => socket.destroy())
  try {
    prepareOwnFolder(trial)
    await listenOn(server, join(trial, 's'))
    if (!(await isAnswered(join(trial, 's')))) throw new Error('a socket in it takes no connections')
  } catch (error) {
    const { code = '', message: why } = error as NodeJS.ErrnoException
    if (passingCodes.includes(code)) throw unusable(folder, `takes no socket now: ${why}`, error)
    throw new ChangeoverError(
      'start_failed',
      `the file system of ${folder} has no Unix sockets (${why}); specify a folder of another one with the key run`,
    )
  } finally {
    server.close()
    rmSync(trial, { recursive: true, force: true })
  }
}

function makeTrialFolder(folder: string): string {
  try {
    return mkdtempSync(join(folder, 'try-'))
  } catch (error) {
    throw unusable(folder, `cannot be written to: ${toMessage(error)}`, error)
  }
}

function besideStore(dataFolder: string): string {
  return join(dataFolder, 'run')
}

function candidates(
  dataFolder: string,
  { XDG_RUNTIME_DIR: runtimeFolder = '' }: NodeJS.ProcessEnv,
): string[] {
  const hash = hashOf(dataFolder)
  return [
    besideStore(dataFolder),
    ...(isAbsolute(runtimeFolder) ? [join(runtimeFolder, `changeover-${hash}`)] : []),
    `/tmp/changeover-${currentUserId()}-${hash}`,
  ].filter((path) => Buffer.byteLength(path) <= maxBytes)
}

/** Of the folder itself, by whichever path it is named. */
function hashOf(dataFolder: string): string {
  return createHash('sha256').update(realPath(dataFolder)).digest('hex').slice(0, 16)
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** Undefined if there is none, if it belongs to another data folder, from which this one was copied, or if another user wrote it. */
function readNote(dataFolder: string): string | undefined {
  let fd: number
  try {
    fd = openSync(
      join(dataFolder, noteName),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    )
  } catch {
    return undefined
  }
  try {
    const stats = fstatSync(fd)
    if (!stats.isFile() || stats.size > maxBytes) return undefined
    const folder = readFileSync(fd, 'utf8').trim()
    const isOfThis = basename(folder).startsWith('changeover-') && folder.endsWith(`-${hashOf(dataFolder)}`)
    return isAbsolute(folder) && isOfThis ? folder : undefined
  } finally {
    closeSync(fd)
  }
}

function writeNote(dataFolder: string, folder: string): void {
  const note = join(dataFolder, noteName)
  if (folder === besideStore(dataFolder)) {
    rmSync(note, { force: true })
    return
  }
  const beside = `${note}.${randomBytes(4).toString('hex')}`
  writeFileSync(beside, `${folder}\n`, { flag: 'wx' })
  renameSync(beside, note)
}
