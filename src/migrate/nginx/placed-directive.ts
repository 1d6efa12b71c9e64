import { ChangeoverError } from '../../contracts/index.ts'
import type { NginxDirective } from '../../integrations/index.ts'
import { parseDirectives } from '../../integrations/index.ts'
import type { Finding, Place } from '../finding.ts'
import { formatPlace } from '../finding.ts'
import type { FindFiles, SourceFile } from '../source-file.ts'
import { folderOf, fromFolder, isClosed, isPattern } from '../source-file.ts'

/** A directive with the file and line where it is written; files that are included are in their place. */
export type PlacedDirective = {
  readonly name: string
  readonly args: readonly string[]
  readonly place: Place
  readonly block: readonly PlacedDirective[] | undefined
}

/** The directives of a file and of all that it includes; what could not be included is among the findings. Throws `host_file_invalid`. */
export function placeDirectives(
  main: SourceFile,
  files: FindFiles,
  findings: Finding[],
): readonly PlacedDirective[] {
  // nginx takes the folder of its main file, also for what an included file includes.
  const folder = folderOf(main.path)
  const placeFile = (source: SourceFile, chain: readonly string[]): readonly PlacedDirective[] => {
    const include = (directive: PlacedDirective): readonly PlacedDirective[] => {
      const [pattern = ''] = directive.args
      const leave = (because: string): void => {
        findings.push({ place: directive.place, what: describeDirective(directive), kind: 'left', because })
      }
      const found = files.match(fromFolder(folder, pattern))
      if (found.length === 0 && isPattern(pattern))
        findings.push({
          place: directive.place,
          what: describeDirective(directive),
          kind: 'needless',
          because: `no file matches, relative to ${folder}`,
        })
      else if (found.length === 0)
        leave(
          `there is no such file, relative to ${folder}; nginx starts from the folder of its main file, so pass that file with --nginx`,
        )
      return found.flatMap((file) => {
        if (isClosed(file))
          leave(`${file.path} cannot be read (${file.fault}); run adopt as a user who can read it`)
        else if (chain.includes(file.path))
          throw new ChangeoverError(
            'host_file_invalid',
            `${formatPlace(directive.place)}: ${file.path} includes itself; run \`nginx -t\` and correct the file first`,
          )
        else return placeFile(file, [...chain, file.path])
        return []
      })
    }
    const place = (directives: readonly NginxDirective[]): readonly PlacedDirective[] =>
      directives.flatMap(({ name, args, line = 0, block }) => {
        const directive = { name, args, place: { file: source.path, line }, block: block && place(block) }
        return name === 'include' && block === undefined ? include(directive) : [directive]
      })
    return place(parseDirectives(source.text, source.path))
  }
  return placeFile(main, [main.path])
}

export function describeDirective({ name, args }: PlacedDirective): string {
  return [name, ...args].join(' ')
}
