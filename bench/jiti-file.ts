import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** What runs a TypeScript file of the benchmarks as a process of its own. */
export const jitiFile = join(
  dirname(createRequire(import.meta.url).resolve('jiti/package.json')),
  'lib/jiti-cli.mjs',
)
