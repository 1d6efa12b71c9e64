import {
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

import { createDice } from '../../harness/models/training-text.ts'
import type { Files } from '../../src/store/fs/files.ts'
import { nodeFiles } from '../../src/store/fs/files.ts'

/**
 * How a call fails: once (`fail`), or from then on: every call (`stop`: the machine is gone), all that take room (`full`), all
 * that change anything (`readOnly`).
 */
export type Cut = {
  readonly atCall: number
  readonly how: 'fail' | 'stop' | 'full' | 'readOnly'
  readonly code: 'ENOSPC' | 'EIO' | 'EROFS'
}

/** What a machine that stopped finds: all that was done, only what was synced, names without their content, or some of each. */
export const worlds = ['kept', 'lost', 'torn', 'mixed'] as const
export type World = (typeof worlds)[number]

export type SimulatedDisk = {
  /** Works on the real folder, and fails where it is to. */
  readonly files: Files
  readonly calls: readonly string[]
  /** Writes into a new folder what is on the disk after a stop in this moment. */
  readonly recover: (world: World, into: string) => void
  readonly close: () => void
}

type FileCall = keyof Files

const changing: readonly FileCall[] = ['mkdirSync', 'renameSync', 'rmdirSync', 'unlinkSync', 'writeSync']
const growing: readonly FileCall[] = ['mkdirSync', 'writeSync']

/** Watches all that is done below a folder, and remembers what of it was synced: files with their content, folders with their names. */
export function createDisk(root: string, cut?: Cut): SimulatedDisk {
  const syncedFiles = new Map<number, Uint8Array>()
  const syncedFolders = new Map<number, ReadonlyMap<string, number>>()
  const calls: string[] = []
  const held: number[] = []

  const sync = (path: string): void => {
    const { ino } = statSync(path)
    if (statSync(path).isDirectory()) syncedFolders.set(ino, readFolder(path))
    else syncedFiles.set(ino, readFileSync(path))
  }
  for (const path of [root, ...walk(root)]) sync(path)

  /** The number of a removed inode must not be reused for other content, since only the number is remembered. */
  const hold = (path: string): void => {
    if (statSync(path, { throwIfNoEntry: false }) !== undefined) held.push(openSync(path, 'r'))
  }

  const before = (name: FileCall, args: readonly unknown[]): void => {
    calls.push(`${name} ${args.filter((arg) => typeof arg === 'string').join(' ')}`)
    if (cut !== undefined && fails(cut, calls.length, name, args)) throw failure(cut, name)
    if (name === 'unlinkSync' || name === 'rmdirSync') hold(args[0] as string)
    if (name === 'renameSync') hold(args[1] as string)
    if (name === 'fsyncSync') sync(readlinkSync(`/proc/self/fd/${args[0] as number}`))
  }

  const files = Object.fromEntries(
    Object.entries(nodeFiles).map(([name, call]) => [
      name,
      (...args: never[]) => {
        before(name as FileCall, args)
        return (call as (...args: never[]) => unknown)(...args)
      },
    ]),
  ) as Files

  return {
    files,
    calls,
    recover: (world, into) => recover({ root, syncedFiles, syncedFolders }, world, into),
    close: () => {
      for (const fd of held.splice(0)) closeSync(fd)
    },
  }
}

function fails({ atCall, how }: Cut, number: number, name: FileCall, args: readonly unknown[]): boolean {
  if (number < atCall) return false
  const opensForWriting = name === 'openSync' && args[1] !== 'r'
  switch (how) {
    case 'fail':
      return number === atCall
    case 'stop':
      return true
    case 'full':
      return growing.includes(name) || opensForWriting
    case 'readOnly':
      return changing.includes(name) || opensForWriting
  }
}

function failure({ how, code }: Cut, name: string): Error {
  if (how === 'stop') return new Error('the machine has stopped')
  return Object.assign(new Error(`${code}: made to fail, ${name}`), { code })
}

type Memory = {
  readonly root: string
  readonly syncedFiles: ReadonlyMap<number, Uint8Array>
  readonly syncedFolders: ReadonlyMap<number, ReadonlyMap<string, number>>
}

function recover({ root, syncedFiles, syncedFolders }: Memory, world: World, into: string): void {
  if (world === 'kept') {
    cpSync(root, into, { recursive: true })
    return
  }
  const roll = createDice(syncedFiles.size + 7 * syncedFolders.size)
  const isSyncedOnly = (what: 'folder' | 'file'): boolean =>
    world === 'lost' || (world === 'torn' ? what === 'file' : roll(2) === 0)
  const paths = new Map([root, ...walk(root)].map((path) => [statSync(path).ino, path]))

  const rebuildFolder = (ino: number, target: string): void => {
    mkdirSync(target, { recursive: true })
    const path = paths.get(ino)
    const synced = syncedFolders.get(ino) ?? new Map<string, number>()
    const names = path === undefined || isSyncedOnly('folder') ? synced : readFolder(path)
    for (const [name, child] of names) rebuild(child, join(target, name))
  }
  const rebuildFile = (ino: number, target: string): void => {
    const path = paths.get(ino)
    const synced = syncedFiles.get(ino)
    // A removed file whose name is back has the content that it had.
    const whole = path === undefined ? (synced ?? new Uint8Array()) : readFileSync(path)
    // What was never synced may be there in part.
    const part = synced ?? whole.subarray(0, whole.length >> 1)
    writeFileSync(target, isSyncedOnly('file') ? part : whole)
  }
  const rebuild = (ino: number, target: string): void => {
    const path = paths.get(ino)
    const isFolder = syncedFolders.has(ino) || (path !== undefined && statSync(path).isDirectory())
    if (isFolder) rebuildFolder(ino, target)
    else rebuildFile(ino, target)
  }
  rebuildFolder(statSync(root).ino, into)
}

function readFolder(path: string): Map<string, number> {
  return new Map(readdirSync(path).map((name) => [name, statSync(join(path, name)).ino]))
}

function walk(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))
}
