/** A file's content with the path by which it was reached. */
export type SourceFile = { readonly path: string; readonly text: string }

/** A file that is there and cannot be read. */
export type ClosedFile = { readonly path: string; readonly fault: string }

/** Finds the files that other files name. */
export type FindFiles = {
  /** The files of a pattern with `*`, `?` and `[…]` as glob(3) takes it, in the order of their names; none if none is there. */
  readonly match: (pattern: string) => readonly (SourceFile | ClosedFile)[]
  /** An absolute path. */
  readonly absolute: (path: string) => string
}

export function isClosed(file: SourceFile | ClosedFile): file is ClosedFile {
  return 'fault' in file
}

/** The folder of a file: `/a` of `/a/b`. */
export function folderOf(path: string): string {
  const end = path.lastIndexOf('/')
  return end < 0 ? '.' : path.slice(0, Math.max(end, 1))
}

/** A path as seen from a folder. */
export function fromFolder(folder: string, path: string): string {
  if (path.startsWith('/') || folder === '.') return path
  return `${folder.replace(/\/$/, '')}/${path}`
}

/** An absolute path without `.`, `..` and doubled slashes. */
export function plainPath(path: string): string {
  const names: string[] = []
  for (const name of path.split('/'))
    if (name === '..') names.pop()
    else if (name !== '' && name !== '.') names.push(name)
  return `/${names.join('/')}`
}

/** Whether a path has characters that make it a pattern. */
export function isPattern(path: string): boolean {
  return /[*?[]/.test(path)
}
