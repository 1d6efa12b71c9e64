import { basename } from 'node:path'

/** For a folder whose name has nothing that a name may have. */
const fallback = 'text-service'

/** Names that npm refuses: its own, and that of a package to install. */
const refused = new Set(['node_modules', 'favicon.ico', 'changeover'])

const maxLength = 214

/** The name of a package in a folder, as npm allows it. */
export function packageName(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .slice(0, maxLength)
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
  return name === '' || refused.has(name) ? fallback : name
}
