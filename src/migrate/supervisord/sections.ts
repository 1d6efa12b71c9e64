import { parseSections } from '../../integrations/index.ts'
import type { Finding, Place } from '../finding.ts'
import type { FindFiles, SourceFile } from '../source-file.ts'
import { folderOf, fromFolder, isClosed } from '../source-file.ts'
import { expandValue } from './expand-value.ts'

/** A section as supervisord reads it: of a repeated key the last value, and the keys of `[DEFAULT]`. */
export type PlacedSection = {
  readonly name: string
  readonly place: Place
  readonly entries: ReadonlyMap<string, PlacedEntry>
}

export type PlacedEntry = {
  readonly key: string
  /** With `%(here)s` put in. */
  readonly value: string
  readonly place: Place
  /** The line in which a text of the value stands. */
  readonly placeOf: (text: string) => Place
}

/** The sections of a file and of all that it includes; what could not be included is among the findings. Throws `host_file_invalid`. */
export function placeSections(
  main: SourceFile,
  files: FindFiles,
  findings: Finding[],
): readonly PlacedSection[] {
  const sections = new Map<string, { place: Place; entries: Map<string, PlacedEntry> }>()
  const add = ({ path, text }: SourceFile): void => {
    const here = files.absolute(folderOf(path))
    for (const { name, line = 0, entries } of parseSections(text, path)) {
      const section = sections.get(name) ?? { place: { file: path, line }, entries: new Map() }
      sections.set(name, section)
      for (const { key, value, line: first = 0, parts = [] } of entries) {
        const place = { file: path, line: first }
        section.entries.set(key, {
          key,
          value: value.replaceAll('%(here)s', here),
          place,
          placeOf: (part) => ({
            file: path,
            line: parts.find((one) => one.text.includes(part))?.line ?? first,
          }),
        })
      }
    }
  }
  add(main)
  const include = sections.get('include')?.entries.get('files')
  for (const file of include === undefined ? [] : findIncluded(include, main, files, findings)) add(file)
  const defaults = sections.get('DEFAULT')?.entries ?? []
  return [...sections].flatMap(([name, { place, entries }]) =>
    name === 'DEFAULT' ? [] : [{ name, place, entries: new Map([...defaults, ...entries]) }],
  )
}

/** supervisord looks from the folder of its main file, and reads the includes of that one only. */
function findIncluded(
  include: PlacedEntry,
  main: SourceFile,
  files: FindFiles,
  findings: Finding[],
): readonly SourceFile[] {
  const folder = folderOf(main.path)
  return include.value.split(/\s+/).flatMap((text) => {
    const finding = (kind: Finding['kind'], because: string): readonly [] => {
      findings.push({ place: include.placeOf(text), what: `files = ${text}`, kind, because })
      return []
    }
    const pattern = expandValue(text, new Map())
    if (pattern === undefined) return finding('left', 'its value is filled in elsewhere; look it up')
    const found = files.match(fromFolder(folder, pattern))
    if (found.length === 0) return finding('needless', `no file matches, relative to ${folder}`)
    return found.flatMap((file) =>
      isClosed(file)
        ? finding('left', `${file.path} cannot be read (${file.fault}); run adopt as a user who can read it`)
        : [file],
    )
  })
}
