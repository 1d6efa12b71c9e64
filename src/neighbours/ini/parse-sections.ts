import { ChangeoverError } from '../../contracts/index.ts'
import type { IniEntry, IniSection } from './section.ts'

/**
 * Reads sections as supervisor does, with Python's configparser: `key=value` or `key: value`, comments after `;` or `#` at the
 * beginning of a line or after white space, further lines of a value indented. Throws `host_file_invalid` with file and line.
 */
export function parseSections(text: string, fileName: string): readonly IniSection[] {
  const sections: { name: string; line: number; entries: IniEntry[] }[] = []
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = index + 1
    const content = raw.replace(/(^|\s)[;#].*$/, '').trimEnd()
    if (content.trim() === '') continue
    const section = sections.at(-1)
    const header = /^\[([^\]]+)\]/.exec(content)
    const entry = /^([^\s=:][^=:]*?)\s*[=:]\s*(.*)$/.exec(content)
    const last = section?.entries.at(-1)
    if (header?.[1] !== undefined) sections.push({ name: header[1], line, entries: [] })
    else if (/^\s/.test(content) && section !== undefined && last !== undefined)
      section.entries[section.entries.length - 1] = { ...last, value: `${last.value}\n${content.trim()}` }
    else if (section !== undefined && entry?.[1] !== undefined)
      section.entries.push({ key: entry[1].toLowerCase(), value: entry[2] ?? '', line })
    else
      throw new ChangeoverError(
        'host_file_invalid',
        `${fileName}:${line}: “${content.trim()}” is neither a [section] nor key=value; supervisord should accept the file before it is read here`,
      )
  }
  return sections
}
