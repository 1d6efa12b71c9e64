import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

import { rolldown } from 'rolldown'

/** Where the control API finds the page. */
const folder = 'dist/page'

/** Bundles the page of the control API and compresses its files: who installs the program needs nothing of its packages. */
export async function buildPage(): Promise<void> {
  const require = createRequire(import.meta.url)
  const bundle = await rolldown({
    input: 'page/main.tsx',
    tsconfig: 'page/tsconfig.json',
    platform: 'browser',
  })
  const { output } = await bundle.generate({ format: 'esm', minify: true, comments: false })
  const plotStyle = join(require.resolve('uplot/package.json'), '../dist/uPlot.min.css')
  const files: Readonly<Record<string, string>> = {
    'index.html': readFileSync('page/index.html', 'utf8'),
    'icon.svg': readFileSync('page/icon.svg', 'utf8'),
    'page.css': readFileSync(plotStyle, 'utf8') + readFileSync('page/style.css', 'utf8'),
    'page.js': licenses() + output[0].code,
  }
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(folder, `${name}.gz`), gzipSync(text, { level: 9 }))
}

/** Their licenses are kept with what is copied of them. */
function licenses(): string {
  return ['preact', 'uplot']
    .map((name) => {
      const text = readFileSync(join('node_modules', name, 'LICENSE'), 'utf8')
      return `/*! ${name}\n${text.replaceAll('*/', '')}*/\n`
    })
    .join('')
}
