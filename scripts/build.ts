import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

import { rolldown } from 'rolldown'

import { buildPage } from './build-page.ts'

const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
const { status } = spawnSync(process.execPath, [compiler], { stdio: 'inherit' })
if (status === 0) {
  removeOrphans()
  // npx does this only when it first sees the folder, and not for a new checkout in its place.
  chmodSync('dist/main/cli.js', 0o755)
  await bundleTypebox()
  copySwaggerUi()
  await buildPage()
} else process.exitCode = status ?? 1

/**
 * Joins the 700 modules of typebox into a few: as they are, Node takes a third of a second of processor time to load them, in each
 * process and for each command. `#typebox` of package.json leads there.
 */
async function bundleTypebox(): Promise<void> {
  const folder = 'dist/vendor/typebox'
  const manifest = readFileSync('node_modules/typebox/package.json', 'utf8')
  const { version } = JSON.parse(manifest) as { version: string }
  const stamp = join(folder, 'version')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === version) return
  const bundle = await rolldown({
    input: { index: 'typebox', compile: 'typebox/compile', value: 'typebox/value' },
    platform: 'node',
  })
  const banner = `/*! typebox ${version}, MIT License, https://github.com/sinclairzx81/typebox */`
  await bundle.write({ dir: folder, format: 'esm', banner, cleanDir: true })
  writeFileSync(stamp, version)
}

/** Puts the page of `/-/docs` beside the program, compressed: who installs the program needs nothing else of that package. */
function copySwaggerUi(): void {
  const from = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  const folder = 'dist/vendor/swagger-ui'
  const { version } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8')) as { version: string }
  const stamp = join(folder, 'version')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === version) return
  mkdirSync(folder, { recursive: true })
  for (const name of ['swagger-ui.css', 'swagger-ui-bundle.js'])
    writeFileSync(join(folder, `${name}.gz`), gzipSync(readFileSync(join(from, name)), { level: 9 }))
  for (const name of ['LICENSE', 'NOTICE', 'swagger-ui-bundle.js.LICENSE.txt'])
    copyFileSync(join(from, name), join(folder, name))
  writeFileSync(stamp, version)
}

/** Removes what was built of sources that have been moved or deleted: it would be tested and published on. */
function removeOrphans(): void {
  const built = readdirSync('dist', { recursive: true, withFileTypes: true })
  const pathOf = ({ parentPath, name }: { parentPath: string; name: string }): string =>
    join(parentPath, name)
  for (const entry of built) {
    const source = pathOf(entry)
      .replace(/^dist/, 'src')
      .replace(/(\.d\.ts|\.js|\.js\.map)$/, '.ts')
    const isOurs = !source.startsWith('src/vendor/') && !source.startsWith('src/page/')
    if (isOurs && entry.isFile() && source.endsWith('.ts') && !existsSync(source)) rmSync(pathOf(entry))
  }
  const folders = built.filter((entry) => entry.isDirectory()).map(pathOf)
  for (const folder of folders.sort((a, b) => b.length - a.length))
    if (readdirSync(folder).length === 0) rmdirSync(folder)
}
