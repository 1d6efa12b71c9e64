import { ChangeoverError } from '../../contracts/index.ts'
import type { IniPart, IniSection } from './section.ts'

type OpenEntry = { readonly key: string; readonly parts: IniPart[] }
type OpenSection = { readonly name: string; readonly line: number; readonly entries: OpenEntry[] }

/**
 * Reads sections as supervisor does, with Python's configparser: `key=value` or `key: value`, comments after `;` or `#` at the
 * beginning of a line or after white space. A line continues the value above it only if it is indented more than that value's key,
 * so a whole file may be indented. Throws `host_file_invalid` with file and line.
 */
export function parseSections(text: string, fileName: string): readonly IniSection[] {
  const sections: OpenSection[] = []
  let indent = 0
  let open: OpenEntry | undefined
  for (const [index, raw] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const line = index + 1
    const content = raw.replace(/(^|\s)[;#].*$/, '').trim()
    if (content === '') continue
    const indentOfLine = raw.search(/\S/)
    if (open !== undefined && indentOfLine > indent) {
      open.parts.push({ text: content, line })
      continue
    }
    indent = indentOfLine
    const section = sections.at(-1)
    const header = /^\[(.+)\]/.exec(content)?.[1]
    const [, key, value] = /^([^=:]+)[=:](.*)$/.exec(content) ?? []
    if (header !== undefined) {
      sections.push({ name: header, line, entries: [] })
      open = undefined
    } else if (section !== undefined && key !== undefined && value !== undefined) {
      open = { key: key.trim().toLowerCase(), parts: [{ text: value.trim(), line }] }
      section.entries.push(open)
    } else
      throw new ChangeoverError(
        'host_file_invalid',
        `${fileName}:${line}: “${content}” is neither a [section] nor key=value; supervisord should accept the file before it is read here`,
      )
  }
  return sections.map(({ name, line, entries }) => ({
    name,
    line,
    entries: entries.map(({ key, parts }) => ({
      key,
      value: parts.map((part) => part.text).join('\n'),
      line: parts[0]?.line ?? line,
      ...(parts.length > 1 ? { parts } : {}),
    })),
  }))
}
