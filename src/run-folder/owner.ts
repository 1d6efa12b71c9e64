import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

import { isAnswered, listenOn } from './listen-on.ts'

/** A run folder that this process owns until it exits, for any reason. */
export type Ownership = { readonly release: () => void }

/** Holds at most one socket, on which its owner listens. */
const ownerFolder = 'owner'

/**
 * Makes this process the owner of a run folder, or resolves to the id of the process that owns it. The kernel keeps the lock:
 * an owner listens on a socket, which closes when it exits. A folder with that socket in it is moved to its
 * place, which succeeds only if that is empty; and a dead owner's socket has a name that is never reused, so a process that
 * removes it cannot remove another's. See docs/adr/0030.
 */
export async function takeOwnership(runFolder: string): Promise<Ownership | { readonly ownerPid: number }> {
  const place = join(runFolder, ownerFolder)
  const socketName = `${process.pid}.${randomBytes(4).toString('hex')}.sock`
  const beside = mkdtempSync(`${place}.`)
  const server = createServer((socket) => socket.destroy()).unref()
  const release = (): void => {
    server.close()
    rmSync(join(place, socketName), { force: true })
    rmSync(beside, { recursive: true, force: true })
  }
  try {
    await listenOn(server, join(beside, socketName))
    for (;;) {
      if (moveOntoEmpty(beside, place)) return { release }
      const { ownerPid, deadSockets } = await look(runFolder)
      if (ownerPid !== undefined) {
        release()
        return { ownerPid }
      }
      for (const dead of deadSockets) rmSync(dead, { force: true })
    }
  } catch (error) {
    release()
    throw error
  }
}

/** Whether a run folder has had an owner, alive or not. */
export function hasHadOwner(runFolder: string): boolean {
  return listNames(join(runFolder, ownerFolder)).length > 0
}

/** The id of the process that owns a run folder, or undefined. */
export async function findOwner(runFolder: string): Promise<number | undefined> {
  return (await look(runFolder)).ownerPid
}

async function look(
  runFolder: string,
): Promise<{ readonly ownerPid: number | undefined; readonly deadSockets: readonly string[] }> {
  const deadSockets: string[] = []
  for (const name of listNames(join(runFolder, ownerFolder))) {
    const path = join(runFolder, ownerFolder, name)
    if (await isAnswered(path)) return { ownerPid: Number.parseInt(name), deadSockets }
    deadSockets.push(path)
  }
  return { ownerPid: undefined, deadSockets }
}

function moveOntoEmpty(folder: string, place: string): boolean {
  try {
    renameSync(folder, place)
    return true
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false
    throw error
  }
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
