import { spawnSync } from 'node:child_process'

import { cliPath } from '../../harness/paths.ts'

/** For `spawn`: permissions do not bind root, so another user runs the process then. */
export const ordinaryUser: { readonly uid?: number; readonly gid?: number } =
  process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

/** Why tests that need such a user must be skipped, or false: the folder that this is checked out in may be closed to others. */
export function isClosedToOthers(): string | false {
  const { status } = spawnSync('test', ['-r', cliPath], ordinaryUser)
  return status === 0 ? false : 'not readable for other users: this checkout'
}
