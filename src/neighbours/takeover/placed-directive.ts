import type { NginxDirective } from '../nginx/directive.ts'
import { parseDirectives } from '../nginx/parse-directives.ts'
import type { Place, ReadFiles, SourceFile } from './finding.ts'

/** A directive with the file and line where it is written; files that are included are in their place. */
export type PlacedDirective = {
  readonly name: string
  readonly args: readonly string[]
  readonly place: Place
  readonly block: readonly PlacedDirective[] | undefined
}

/** nginx follows an endless chain of includes until it runs out of files. */
const deepestInclude = 16

/** The directives of a file and of all that it includes. Throws `host_file_invalid`. */
export function placeDirectives(
  source: SourceFile,
  readFiles: ReadFiles,
  depth = 0,
): readonly PlacedDirective[] {
  const place = (directives: readonly NginxDirective[]): readonly PlacedDirective[] =>
    directives.flatMap(({ name, args, line = 0, block }) => {
      const [pattern] = args
      if (name === 'include' && pattern !== undefined && depth < deepestInclude) {
        const files = readFiles(pattern, source.path)
        if (files.length > 0 || pattern.includes('*'))
          return files.flatMap((file) => placeDirectives(file, readFiles, depth + 1))
      }
      return [{ name, args, place: { file: source.path, line }, block: block && place(block) }]
    })
  return place(parseDirectives(source.text, source.path))
}

export function describeDirective({ name, args }: PlacedDirective): string {
  return [name, ...args].join(' ')
}
