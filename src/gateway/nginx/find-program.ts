import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

import { ChangeoverError } from '../../contracts/index.ts'

/** Where systems install nginx, outside an ordinary user's PATH. */
const systemFolders = ['/usr/sbin', '/usr/local/sbin', '/usr/local/nginx/sbin']

/** The path of nginx, in the folders of `path` first. Throws `start_failed` if there is none. */
export function findProgram(path: string, others = systemFolders): string {
  const found = [...path.split(delimiter), ...others]
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'nginx'))
    .find(isExecutable)
  if (found !== undefined) return found
  throw new ChangeoverError(
    'start_failed',
    'gateway.kind is nginx, and nginx is not installed; install it (Debian: apt-get install nginx), or use `gateway.kind: own`',
  )
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
