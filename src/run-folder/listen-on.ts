import { lstatSync, rmSync } from 'node:fs'
import type { Server } from 'node:net'
import { connect } from 'node:net'

import { ChangeoverError } from '../contracts/index.ts'

/**
 * Makes a server listen on a Unix socket. One that a dead process left behind is replaced; one that a process answers on is
 * not: throws `start_failed` then.
 */
export async function listenOn(server: Server, path: string): Promise<void> {
  try {
    await listen(server, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    if (!isSocket(path))
      throw new ChangeoverError('start_failed', `${path} already exists, and is not a socket; remove it`)
    if (await isAnswered(path))
      throw new ChangeoverError(
        'start_failed',
        `another process already listens on ${path}; stop that one first`,
      )
    rmSync(path, { force: true })
    await listen(server, path)
  }
}

/** Whether a process listens on a Unix socket, also one that is stopped or hangs, from the kernel's list. */
export function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    // A full backlog also shows a listener.
    socket.once('error', ({ code = '' }: NodeJS.ErrnoException) => resolve(!deadCodes.includes(code)))
  })
}

const deadCodes = ['ECONNREFUSED', 'ENOENT', 'ENOTDIR', 'ENOTSOCK']

function listen(server: Server, path: string): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function isSocket(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true
}
