import type { Finding, Found } from './finding.ts'
import { fromFolder, plainPath } from './source-file.ts'
import type { PlacedEntry } from './supervisord/sections.ts'

const modelPattern = /[^\s"',=]+\.(?:bin|ftz)(?=$|[\s"',])/

/** The first file with the ending of fastText's models that one of the values names. */
export function findModelFile(
  entries: readonly PlacedEntry[],
  expand: (text: string) => string,
  folder: string | undefined,
): { readonly found: Found<string> | undefined; readonly findings: readonly Finding[] } {
  for (const { key, value, placeOf } of entries) {
    const written = modelPattern.exec(value)?.[0]
    if (written === undefined) continue
    const place = placeOf(written)
    const path = expand(written)
    if (!/[$%]/.test(path)) {
      if (path.startsWith('/')) return { found: { value: plainPath(path), places: [place] }, findings: [] }
      if (folder !== undefined)
        return { found: { value: plainPath(fromFolder(folder, path)), places: [place] }, findings: [] }
    }
    const because =
      'this looks like a model file, but the files do not say which folder it is in; add it under models'
    return { found: undefined, findings: [{ place, what: `${key}: ${written}`, kind: 'left', because }] }
  }
  return { found: undefined, findings: [] }
}

/** `name_question` of `/srv/name_question_1591259822.bin`, by the rule of the store; other signs than its own become `_`. */
export function modelName(file: string): string {
  const base = file.split('/').at(-1) ?? file
  const name = base.replace(/\.(bin|ftz)$/, '').replace(/_\d{9,11}$/, '')
  return name.replace(/[^A-Za-z0-9_-]/g, '_').replace(/^(?![A-Za-z0-9])/, 'model')
}
