import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
const { status } = spawnSync(process.execPath, [compiler], { stdio: 'inherit' })
if (status === 0) removeOrphans()
else process.exitCode = status ?? 1

/** Removes what was built of sources that have been moved or deleted: it would be tested and published on. */
function removeOrphans(): void {
  const built = readdirSync('dist', { recursive: true, withFileTypes: true })
  const pathOf = ({ parentPath, name }: { parentPath: string; name: string }): string =>
    join(parentPath, name)
  for (const entry of built) {
    const source = pathOf(entry)
      .replace(/^dist/, 'src')
      .replace(/(\.d\.ts|\.js|\.js\.map)$/, '.ts')
    if (entry.isFile() && source.endsWith('.ts') && !existsSync(source)) rmSync(pathOf(entry))
  }
  const folders = built.filter((entry) => entry.isDirectory()).map(pathOf)
  for (const folder of folders.sort((a, b) => b.length - a.length))
    if (readdirSync(folder).length === 0) rmdirSync(folder)
}
