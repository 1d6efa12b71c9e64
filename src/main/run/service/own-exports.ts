import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const manifestUrl = new URL('../../../../package.json', import.meta.url)

type Manifest = {
  readonly name: string
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>
}

/** What a service file may import of this very package, and the files that it gets, wherever the package is installed. */
export function ownExports(): Readonly<Record<string, string>> {
  const { name, exports } = JSON.parse(readFileSync(manifestUrl, 'utf8')) as Manifest
  return Object.fromEntries(
    Object.entries(exports).map(([subpath, target]) => [
      `${name}${subpath.slice(1)}`,
      fileURLToPath(new URL(typeof target === 'string' ? target : target.default, manifestUrl)),
    ]),
  )
}
