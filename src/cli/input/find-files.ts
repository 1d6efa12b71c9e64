import { readdirSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'

import { Minimatch } from 'minimatch'

import type { ClosedFile, FindFiles, SourceFile } from '../../migrate/index.ts'

/** No configuration is longer; a log that a pattern matches may be. */
const maxFileBytes = 16 << 20

/** A pattern as glob(3) takes it: without braces, and ** is *. */
const likeGlob = { nobrace: true, noext: true, noglobstar: true, nonegate: true, nocomment: true, dot: false }

/** Reads the files of this machine that others name. */
export const findFiles: FindFiles = {
  match: (pattern) => {
    const [first = '', ...names] = pattern.split('/')
    let paths: readonly (string | ClosedFile)[] = first === '' ? ['/'] : matchName('', first)
    for (const name of names)
      if (name !== '')
        paths = paths.flatMap((path) => (typeof path === 'string' ? matchName(path, name) : [path]))
    return paths.flatMap((path) => (typeof path === 'string' ? (openFile(path) ?? []) : [path]))
  },
  absolute: (path) => resolve(path),
}

/** The paths in a folder that one name of a pattern stands for. */
function matchName(folder: string, name: string): readonly (string | ClosedFile)[] {
  const join = (one: string): string => (folder === '' || folder === '/' ? folder + one : `${folder}/${one}`)
  if (!/[*?[]/.test(name)) return [join(name)]
  const pattern = new Minimatch(name, likeGlob)
  try {
    return readdirSync(folder === '' ? '.' : folder)
      .filter((one) => pattern.match(one))
      .sort()
      .map(join)
  } catch (error) {
    return isMissing(error) ? [] : [{ path: folder, fault: (error as Error).message }]
  }
}

/** A file with its text, or why it cannot be read; undefined if there is none. */
export function openFile(path: string): SourceFile | ClosedFile | undefined {
  try {
    const stat = statSync(path)
    if (!stat.isFile()) return { path, fault: 'it is not a file' }
    if (stat.size > maxFileBytes) return { path, fault: `it is longer than ${maxFileBytes} bytes` }
    return { path, text: readFileSync(path, 'utf8') }
  } catch (error) {
    return isMissing(error) ? undefined : { path, fault: (error as Error).message }
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOENT' || code === 'ENOTDIR'
}
