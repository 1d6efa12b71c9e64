import { ChangeoverError } from '../../contracts/index.ts'
import type { IniEntry, IniSection } from './section.ts'

/** Values that systemd or supervisord would not read back unchanged, and that might change the meaning of the next line. */
const faults: readonly (readonly [pattern: RegExp, fault: string])[] = [
  [/[\p{Cc}\u2028\u2029]/u, 'a line break or another control character begins a new entry'],
  [/^\s|\s$/, 'white space at its ends is cut off'],
  [/\s[;#]/, 'supervisor takes ; or # after a space for a comment, in quotes too'],
  [/\\$/, 'a backslash at its end joins the next line to it'],
]

/** The text of sections, with an empty line between them. Throws `bad_usage` for a value that the form cannot hold. */
export function formatSections(sections: readonly IniSection[]): string {
  return sections.map(({ name, entries }) => `[${name}]\n${entries.map(formatEntry).join('')}`).join('\n')
}

function formatEntry({ key, value, comment = [] }: IniEntry): string {
  const fault = faults.find(([pattern]) => pattern.test(value))?.[1]
  if (fault !== undefined)
    throw new ChangeoverError(
      'bad_usage',
      `${key} would be ${JSON.stringify(value)}, which such a file cannot hold: ${fault}; choose a path without it`,
    )
  return `${comment.map((line) => `# ${line}\n`).join('')}${key}=${value}\n`
}
