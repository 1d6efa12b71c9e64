import { ChangeoverError } from '../../contracts/index.ts'
import type { IniEntry, IniSection } from './section.ts'

/** The text of sections, with an empty line between them. Throws `bad_usage` for a value that the form cannot hold. */
export function formatSections(sections: readonly IniSection[]): string {
  return sections.map(({ name, entries }) => `[${name}]\n${entries.map(formatEntry).join('')}`).join('\n')
}

function formatEntry({ key, value, comment = [] }: IniEntry): string {
  // Supervisor takes what follows for a comment, also in quotes; a line break would be a new entry everywhere.
  if (/[\n\r]|\s[;#]/.test(value))
    throw new ChangeoverError(
      'bad_usage',
      `${key} would be “${value}”, which such a file cannot hold: a path there may have no line break, and no ; or # after a space`,
    )
  return `${comment.map((line) => `# ${line}\n`).join('')}${key}=${value}\n`
}
