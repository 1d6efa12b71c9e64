import { mkdirSync, statSync } from 'node:fs'

import { ChangeoverError } from '../contracts/index.ts'

/** Makes the folder of the processes' sockets, which only its user may enter. Throws `start_failed` where it is somebody else's. */
export function prepareRunFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const { uid } = statSync(path)
  if (uid === process.getuid?.()) return
  throw new ChangeoverError(
    'start_failed',
    `${path} belongs to user ${uid}, who could pose as this stack; remove it, or choose a shorter path for data`,
  )
}
