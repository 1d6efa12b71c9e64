import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import type { TransformOptions, TransformResult } from 'jiti'
import { createJiti } from 'jiti'

const folderName = 'compiled-service'

/** In what jiti makes of a file with a fault, so that running it throws. */
const faultMark = '__JITI_ERROR__'

const { version } = createRequire(import.meta.url)('jiti/package.json') as { readonly version: string }

/**
 * What jiti makes of a file, kept in a run folder, where only this user can write: a worker that starts then need not load Babel,
 * which takes longer than all else of its start. jiti's own cache is not used, because there a full disk is an error of the service.
 */
export function createCachedTransform(runFolder: string): (options: TransformOptions) => TransformResult {
  const folder = join(runFolder, folderName)
  const compiler = createJiti(import.meta.url, { fsCache: false })
  return (options) => {
    const input = hash(`${version}\n${JSON.stringify(options)}`)
    // One file for each source file, so that saving it a thousand times in `changeover dev` does not fill the folder.
    const path = join(folder, hash(options.filename ?? '').slice(0, 32))
    const known = readEntry(path, input)
    if (known !== undefined) return { code: known }
    const code = compiler.transform(options)
    if (!code.includes(faultMark)) writeEntry(folder, path, `${sealOf(input, code)}\n${code}`)
    return { code }
  }
}

/** Undefined if there is none for this input, or if it is not whole. */
function readEntry(path: string, input: string): string | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
  const end = text.indexOf('\n')
  const code = text.slice(end + 1)
  return end > 0 && text.slice(0, end) === sealOf(input, code) ? code : undefined
}

/** Without an entry, as on a full disk, the next process compiles the file again. */
function writeEntry(folder: string, path: string, text: string): void {
  const temporary = `${path}.${process.pid}`
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(temporary, text, { mode: 0o600 })
    renameSync(temporary, path)
  } catch {
    removeIfPossible(temporary)
  }
}

function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // Nobody reads it.
  }
}

/** Of the input and of what was made of it: a file that a crash of the machine has cut short does not have it. */
function sealOf(input: string, code: string): string {
  return hash(`${input}\n${code}`)
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
